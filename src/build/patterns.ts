import { BryoError } from '../base/errors.ts';
import { Refusal } from '../containerfile/errors.ts';
import { type PathMatcher, pathMatcher } from '../containerfile/ignore-pattern.ts';

/** Whether a path of COPY or ADD has a wildcard (Go's filepath.Match). */
export function hasWildcard(path: string): boolean {
  return /[*?[\\]/.test(path);
}

/**
 * The matcher of a pattern: `**` stands for any directories, other wildcards for none. Throws BryoError `no-source`
 * for a set without an end.
 */
export function patternMatcher(pattern: string): PathMatcher {
  try {
    return pathMatcher(pattern);
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    throw new BryoError('no-source', error.message);
  }
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
