import { BryoError } from '../../base/errors.ts';
import { listRecords } from '../../container/records.ts';
import type { Store } from '../../store/paths.ts';
import type { Invocation, OptionSpec } from '../command.ts';

export const latestOption: OptionSpec = {
  name: 'latest',
  short: 'l',
  help: 'the container that was created last, instead of a name',
};

/** The id of the container that was created last. Throws BryoError when there is none. */
export function latestContainer(store: Store): string {
  const latest = listRecords(store).records.at(-1);
  if (latest !== undefined) return latest.id;
  throw new BryoError('no-such-container', 'no containers: no such container');
}

/** The containers that the arguments name, or with --latest the newest one. */
export function namedOrLatest(invocation: Invocation): readonly string[] {
  const { args, context } = invocation;
  if (!invocation.flag('latest')) {
    if (args.length > 0) return args;
    throw new BryoError('usage', 'you must provide at least one name or id', {
      hint: 'or --latest',
    });
  }
  refuseNamesWithLatest(invocation);
  return [latestContainer(context.engine.store)];
}

/** Throws BryoError `usage` for names beside --latest. */
export function refuseNamesWithLatest({ args, flag }: Pick<Invocation, 'args' | 'flag'>): void {
  if (!flag('latest') || args.length === 0) return;
  throw new BryoError('usage', '--latest and containers cannot be used together');
}

/** The one container that a verb is about, and the words after it. */
export function oneOrLatest(invocation: Invocation): { name: string; words: readonly string[] } {
  const { args, context } = invocation;
  if (invocation.flag('latest'))
    return { name: latestContainer(context.engine.store), words: args };
  const [name, ...words] = args;
  if (name !== undefined) return { name, words };
  throw new BryoError('usage', 'you must provide a name or id', { hint: 'or --latest' });
}
