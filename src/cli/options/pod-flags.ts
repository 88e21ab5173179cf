import { readFileSync } from 'node:fs';
import { BryoError } from '../../base/errors.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { badValue } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';

/** Flags of `run` and `create` about the pod that a container belongs to. */
export const podMemberOptions: readonly OptionSpec[] = [
  {
    name: 'pod',
    value: 'POD',
    help: 'the pod it belongs to; new:NAME makes one, which gets the ports and the network',
  },
  { name: 'pod-id-file', value: 'FILE', help: 'a file with the id of the pod it belongs to' },
];

/** Of `create` alone. */
export const initCtrOption: OptionSpec = {
  name: 'init-ctr',
  value: 'TYPE',
  choices: ['once', 'always'],
  help: 'with --pod: run it to its end before the others, at the next start of the pod (once) or at each (always)',
};

export const podIdFilesOption: OptionSpec = {
  name: 'pod-id-file',
  value: 'FILE',
  repeat: true,
  help: 'a file with the id of a pod',
};

/** The id that `pod create --pod-id-file` wrote. */
export function readPodIdFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (cause) {
    throw new BryoError('bad-flag-value', `cannot read ${JSON.stringify(path)} (--pod-id-file)`, {
      cause,
    });
  }
}

/** The pod that these flags name; it is not looked for yet. */
export function readPodMember({
  text,
  given,
}: Pick<Invocation, 'text' | 'given'>): Pick<ContainerOptions, 'pod' | 'initCtr'> {
  const file = text('pod-id-file');
  if (file !== null && given('pod')) {
    throw new BryoError('usage', '--pod and --pod-id-file exclude each other');
  }
  const pod = file === null ? text('pod') : readPodIdFile(file);
  if (pod === '' || pod === 'new:') throw badValue('--pod', pod, 'the name of a pod is needed');
  const initCtr = given('init-ctr') ? text('init-ctr') : null;
  if (initCtr !== null && initCtr !== 'once' && initCtr !== 'always') {
    throw badValue('--init-ctr', initCtr, 'once or always is needed');
  }
  if (initCtr !== null && pod === null) throw new BryoError('usage', '--init-ctr needs --pod');
  return { pod, initCtr };
}
