import { BryoError, withExitCode } from '../../base/errors.ts';
import type { PodRecord } from '../../pod/pod.ts';
import { findPod, listPods } from '../../pod/records.ts';
import { DamagedRecordError } from '../../store/record-file.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { forEachName } from '../container/each.ts';

export const allPodsOption: OptionSpec = { name: 'all', short: 'a', help: 'all pods' };
export const latestPodOption: OptionSpec = {
  name: 'latest',
  short: 'l',
  help: 'the pod that was created last, instead of a name',
};
export const ignorePodOption: OptionSpec = {
  name: 'ignore',
  short: 'i',
  help: 'pods that do not exist are no error',
};

/** Whatever number of pods, for the table of a verb. */
export const podArguments = { min: 0, max: Number.POSITIVE_INFINITY, kind: 'pod' } as const;

/** The ids or names that a verb is to act on: those named, --latest or --all. */
export function chosenPods(invocation: Invocation, further: readonly string[] = []): string[] {
  const pods = listPods(invocation.context.engine.store);
  const all = invocation.given('all') && invocation.flag('all');
  const latest = invocation.given('latest') && invocation.flag('latest');
  const named = [...invocation.args, ...further];
  if ([all, latest, named.length > 0].filter(Boolean).length > 1) {
    const text = all ? '--all, --latest and arguments' : '--latest and pods';
    throw new BryoError('usage', `${text} cannot be used together`);
  }
  if (all) return pods.map(({ id }) => id);
  if (latest) {
    const newest = pods.at(-1);
    if (newest === undefined) throw new BryoError('no-such-pod', 'no pods: no such pod');
    return [newest.id];
  }
  if (named.length === 0) {
    throw new BryoError('usage', 'you must provide at least one pod', { hint: 'or --latest' });
  }
  return named;
}

interface EachPodRules {
  /** A pod that does not exist is no error. */
  ignore?: boolean;
  /** A substitute for a pod whose record is damaged; else that is an error. */
  standIn?: (nameOrId: string) => PodRecord | null;
  /** The exit status for one that does not exist. */
  absentStatus?: number;
  /** Line that is printed for each: the id, unless podman prints the name. */
  prints?: 'id' | 'name';
}

/** Does something with each pod and prints its id, or its name. */
export function forEachPod(
  invocation: Invocation,
  names: readonly string[],
  action: (pod: PodRecord) => Promise<unknown>,
  { ignore, absentStatus, standIn, prints = 'id' }: EachPodRules = {},
): Promise<number> {
  const { store } = invocation.context.engine;
  const pass = ignore ?? (invocation.given('ignore') && invocation.flag('ignore'));
  return forEachName(invocation, names, async (name) => {
    let pod: PodRecord;
    try {
      pod = findPod(store, name);
    } catch (error) {
      const other = error instanceof DamagedRecordError ? (standIn?.(name) ?? null) : null;
      if (other !== null) {
        await action(other);
        return other.id;
      }
      if (!(error instanceof BryoError && error.code === 'no-such-pod')) throw error;
      if (pass) return null;
      throw absentStatus === undefined ? error : withExitCode(error, absentStatus);
    }
    await action(pod);
    return pod[prints];
  });
}
