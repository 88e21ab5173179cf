import { readdirSync } from 'node:fs';
import { posix } from 'node:path';

const special = /\\(.)|\[(\^?)([^\]]+)\]|([*?])|[.+^${}()|[\]\\]/gs;

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** The test of a part of a path, as Go's filepath.Match has it: a dot at the beginning is nothing special. */
function partTest(part: string): RegExp {
  const source = part.replace(
    special,
    (word, escaped?: string, not?: string, set?: string, wild?: string) => {
      if (escaped !== undefined) return quoted(escaped);
      if (set !== undefined) return `[${not}${set.replaceAll('\\', '\\\\')}]`;
      if (wild !== undefined) return wild === '*' ? '.*' : '.';
      return quoted(word);
    },
  );
  return new RegExp(`^${source}$`, 's');
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch {
    // No directory, or one that cannot be read, has nothing that fits.
    return [];
  }
}

/** The files that fit an absolute pattern, in which `*`, `?` and `[…]` stay within a part of the path. */
export function findFiles(pattern: string): string[] {
  let found = ['/'];
  for (const part of pattern.split('/').filter(Boolean)) {
    const test = partTest(part);
    found = found.flatMap((directory) => {
      const names = namesIn(directory).filter((name) => test.test(name));
      return names.map((name) => posix.join(directory, name));
    });
  }
  return found;
}
