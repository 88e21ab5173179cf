import { readFilterWords } from '../request/filters.ts';
import { badValue } from '../request/values.ts';
import type { SecretInfo } from './secret.ts';

function pattern(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch {
    throw badValue('--filter', `name=${text}`, 'that is no regular expression');
  }
}

/** The secrets that `--filter` asks for; filters of one key are alternatives (podman-secret-ls(1)). */
export function secretFilter(filters: readonly string[]): (info: SecretInfo) => boolean {
  const pairs = readFilterWords(filters, ['name', 'id']);
  const values = (key: string) => pairs.filter(([name]) => name === key).map(([, value]) => value);
  const names = values('name').map(pattern);
  const ids = values('id');
  return ({ id, name }) =>
    (names.length === 0 || names.some((regexp) => regexp.test(name))) &&
    (ids.length === 0 || ids.some((prefix) => id.startsWith(prefix)));
}
