import { settingsOf } from '../../src/cgroup/limits.ts';
import { readRecord } from '../../src/container/records.ts';
import type { Engine } from '../../src/engine/engine.ts';
import type { PodRecord } from '../../src/pod/pod.ts';
import { listPods, writePod } from '../../src/pod/records.ts';
import { runVerb } from '../support/in-process.ts';
import { decideStart } from './decided.ts';
import { withoutMachine } from './machine.ts';
import { flattened } from './views.ts';

/** What is made up anew for each pod, by the word that stands for it. */
function madeUp({ id, infraId, mounts }: PodRecord): Record<string, string> {
  const anonymous = mounts.flatMap((mount) =>
    mount.kind === 'volume' && /^[0-9a-f]{64}$/.test(mount.name ?? '') ? [mount.name ?? ''] : [],
  );
  return {
    POD: id,
    POD12: id.slice(0, 12),
    ...(infraId !== null && { HOLDER: infraId, HOLDER12: infraId.slice(0, 12) }),
    ...Object.fromEntries(anonymous.map((name, at) => [`VOLUME${at + 1}`, name])),
  };
}

/** When and by whom it was made, and with which command line, which each case shows. */
const ofThisRun = /^(pod|record)\.(createdAt|creator|createCommand)\b/;

/**
 * What `bryo pod create` with the words of a line decides: the pod's record, and all about what holds its
 * namespaces up to the launch plan; an error is a line that begins with `!`. The engine is a fresh one.
 */
export async function decidePodLine(engine: Engine, line: string): Promise<string[]> {
  const { status, err } = await runVerb(engine, `pod create ${line}`);
  if (status !== 0) return [`! ${status} ${withoutMachine(err, engine, {})}`];
  const [pod] = listPods(engine.store);
  if (pod === undefined) throw new Error(`no pod was made by ${line}`);
  const limits = pod.resources === null ? [] : settingsOf(pod.resources);
  // Whether there can be a control group depends on the machine; its limits are shown by themselves.
  writePod(engine.store, { ...pod, resources: null });
  const holder = pod.infraId === null ? null : readRecord(engine.store, pod.infraId);
  const start = holder === null ? [] : await decideStart(engine, holder);
  const limitLines = limits.map(({ file, value }) => `limit ${file} ${value}`);
  return [...flattened('pod', pod), ...limitLines, ...start]
    .filter((text) => !ofThisRun.test(text))
    .map((text) => withoutMachine(text, engine, madeUp(pod)));
}
