import { readFilterWords } from '../request/filters.ts';
import { readPattern, type TextTest } from '../request/pattern.ts';
import type { SecretInfo } from './secret.ts';

/**
 * The secrets that `--filter` asks for; filters of one key are alternatives (podman-secret-ls(1)).
 * Rejects with a BryoError `usage`.
 */
export async function secretFilter(
  filters: readonly string[],
): Promise<(info: SecretInfo) => boolean> {
  const pairs = readFilterWords(filters, ['name', 'id']);
  const values = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value);
  const names: TextTest[] = [];
  for (const name of values('name')) names.push(await readPattern('name', name));
  const ids = values('id');
  return ({ id, name }) =>
    (names.length === 0 || names.some((fits) => fits(name))) &&
    (ids.length === 0 || ids.some((prefix) => id.startsWith(prefix)));
}
