/** Whether a path of COPY or ADD has a wildcard (Go's filepath.Match). */
export function hasWildcard(path: string): boolean {
  return /[*?[\\]/.test(path);
}

function classSource(pattern: string, start: number): [string, number] | null {
  let at = start + 1;
  let source = '';
  if (pattern[at] === '^' || pattern[at] === '!') {
    source = '^';
    at += 1;
  }
  for (let first = true; at < pattern.length; at += 1, first = false) {
    const letter = pattern[at] ?? '';
    if (letter === ']' && !first) return [`[${source}]`, at + 1];
    if (letter === '\\') at += 1;
    source += letter === '-' ? '-' : (pattern[at] ?? '').replace(/[\\\]^]/g, '\\$&');
  }
  return null;
}

/** The regular expression of a pattern: `**` stands for any directories, other wildcards for none. */
export function patternExpression(pattern: string): RegExp {
  let source = '';
  for (let at = 0; at < pattern.length; ) {
    const letter = pattern[at] ?? '';
    if (pattern.startsWith('**/', at)) {
      source += '(?:[^/]+/)*';
      at += 3;
    } else if (pattern.startsWith('**', at)) {
      source += '.*';
      at += 2;
    } else if (letter === '*' || letter === '?') {
      source += letter === '*' ? '[^/]*' : '[^/]';
      at += 1;
    } else if (letter === '[') {
      const found = classSource(pattern, at);
      source += found?.[0] ?? '\\[';
      at = found?.[1] ?? at + 1;
    } else {
      const plain = letter === '\\' && at + 1 < pattern.length ? (pattern[at + 1] ?? '') : letter;
      source += plain.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
      at += letter === '\\' ? 2 : 1;
    }
  }
  return new RegExp(`^${source}$`, 'su');
}

/** The part of a pattern before its first wildcard, and how many directories deep the rest looks (-1: any). */
export function patternBase(pattern: string): { base: string; depth: number } {
  const parts = pattern.split('/');
  const first = parts.findIndex(hasWildcard);
  const rest = parts.slice(first);
  return {
    base: parts.slice(0, first).join('/') || '.',
    depth: rest.some((part) => part.includes('**')) ? -1 : rest.length,
  };
}
