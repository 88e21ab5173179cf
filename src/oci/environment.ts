/**
 * Of a variable that is there several times the last value counts: what is set later replaces. An empty HOME is
 * none: the process gets that of its user, as with runc.
 */
export function mergeEnv(words: readonly string[]): string[] {
  const last = new Map<string, string>();
  for (const word of words) {
    const [name = ''] = word.split('=', 1);
    last.delete(name);
    last.set(name, word);
  }
  return [...last.values()].filter((word) => word !== 'HOME=');
}
