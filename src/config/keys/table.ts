import { containerKeys } from './containers.ts';
import { engineKeys } from './engine.ts';
import type { ConfigKey, FlagUse } from './key.ts';
import { otherKeys } from './others.ts';

/** Every key of containers.conf(5): it drives the reading, `bryo doctor` and the manual page. */
export const configKeys: ReadonlyMap<string, ConfigKey> = new Map(
  [...containerKeys, ...engineKeys, ...otherKeys].map((key) => [key.name, key]),
);

/** A key that is the default of a flag of some commands. */
export interface FlagKey extends ConfigKey {
  use: FlagUse;
}

function isFlagKey(key: ConfigKey): key is FlagKey {
  return key.use.kind === 'flag';
}

/** The keys that say what flags of a command are. */
export function flagKeysOf(verb: string): FlagKey[] {
  return [...configKeys.values()].filter(isFlagKey).filter(({ use }) => use.verbs.includes(verb));
}
