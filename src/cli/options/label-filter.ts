import { readPair } from '../../request/values.ts';

/** Whether labels have what `--filter label=KEY[=VALUE]` wants. */
export function labelFits(labels: Readonly<Record<string, string>>, wanted: string): boolean {
  const [key, value] = readPair(wanted);
  return Object.hasOwn(labels, key) && (!wanted.includes('=') || labels[key] === value);
}
