import { parseTimeArgument } from '../../base/duration.ts';
import { BryoError } from '../../base/errors.ts';
import { isHolder } from '../../pod/records.ts';
import { labelFits, pattern, readFilterWords } from '../../request/filters.ts';
import { stateName } from '../containers/describe.ts';
import { containerStates } from '../containers/filters.ts';
import { networkMode } from '../containers/inspect/network.ts';
import type { PodView } from './view.ts';

const known = [
  'id',
  'name',
  'label',
  'status',
  'ctr-ids',
  'ctr-names',
  'ctr-number',
  'ctr-status',
  'network',
  'until',
];

const podStates = ['created', 'dead', 'degraded', 'exited', 'paused', 'running', 'stopped'];

function checkState(value: string, states: readonly string[], whose: string): void {
  if (states.includes(value.toLowerCase())) return;
  throw new BryoError('usage', `${JSON.stringify(value)} is not a valid ${whose} status`, {
    hint: `one of ${states.join(', ')}`,
  });
}

function fits({ pod, members, status }: PodView, key: string, value: string): boolean {
  switch (key) {
    case 'id':
      return pattern(key, `^(?:${value})`).test(pod.id);
    case 'name':
      return pattern('name', value).test(pod.name);
    case 'label':
      return labelFits(pod.labels, value);
    case 'status':
      return status.toLowerCase() === value.toLowerCase();
    case 'ctr-ids':
      return members.some(({ record }) => pattern(key, `^(?:${value})`).test(record.id));
    case 'ctr-names':
      return members.some(({ record }) => record.name.includes(value));
    case 'ctr-number':
      return members.length === Number(value);
    case 'ctr-status':
      return members.some(({ state }) => stateName(state) === value);
    case 'network':
      return members.some(
        ({ record }) => isHolder(record) && networkMode(record.options) === value,
      );
    case 'until':
      return BigInt(Date.parse(pod.createdAt)) * 1_000_000n < parseTimeArgument(value, new Date());
    default:
      return false;
  }
}

/** Tells whether a pod fits; filters of one key are alternatives, except labels, which must all fit (podman-pod-ps(1)). */
export function podFilter(words: readonly string[]): (view: PodView) => boolean {
  const pairs = readFilterWords(words, known);
  for (const [key, value] of pairs) {
    if (key === 'status') checkState(value, podStates, 'pod');
    if (key === 'ctr-status') checkState(value, containerStates, 'container');
    if (key === 'name') pattern('name', value);
  }
  return (view) =>
    pairs.every(([key]) => {
      const values = pairs.filter(([other]) => other === key).map(([, value]) => value);
      return key === 'label'
        ? values.every((value) => fits(view, key, value))
        : values.some((value) => fits(view, key, value));
    });
}
