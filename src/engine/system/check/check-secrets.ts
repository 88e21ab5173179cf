import { BryoError } from '../../../base/errors.ts';
import type { SecretInfo } from '../../../secret/secret.ts';
import {
  listDamagedSecrets,
  listSecrets,
  removeSecret,
  secretValue,
} from '../../../secret/secrets.ts';
import type { Engine } from '../../engine.ts';
import { type CheckOptions, type Finding, note } from './finding.ts';

/** The fault of a secret; null: there is none. Commands of the user's are not run for it. */
function problemOf({ store }: Engine, info: SecretInfo): string | null {
  if (info.driver === 'shell') return null;
  try {
    return secretValue(store, info).length === 0 ? 'has lost its value' : null;
  } catch (error) {
    if (error instanceof BryoError) return `has lost its value: ${error.message}`;
    throw error;
  }
}

/** The descriptions of the secrets, and that the values are where they say. */
export async function checkSecrets(
  engine: Engine,
  options: CheckOptions,
  findings: Finding[],
): Promise<void> {
  const { store } = engine;
  const found = [
    ...listDamagedSecrets(store).map(({ id, problem: { path, damage } }) => {
      return { id, problem: `has a damaged description: ${path} ${damage}` };
    }),
    ...listSecrets(store).map((info) => ({ id: info.id, problem: problemOf(engine, info) })),
  ];
  for (const { id, problem } of found) {
    if (problem === null) continue;
    const remove = async () => {
      await removeSecret(store, id);
      return 'secret removed';
    };
    const advice = 'remove it (secret rm) and create it again, or give --force';
    const finding = { kind: 'secret', subject: id, problem, advice } as const;
    await note(findings, finding, options.repair && options.force ? remove : null);
  }
}
