import { namePaths } from '../base/file-names.ts';
import { problem, Refusal } from './errors.ts';
import { type PathMatcher, pathMatcher } from './ignore-pattern.ts';

/** A line of an ignore file. */
interface Rule {
  /** `!`: what it fits comes back. */
  exception: boolean;
  matches: PathMatcher;
  pattern: string;
  /** The directories of the pattern before its first wildcard, with a slash behind; empty: there are none. */
  literal: string;
}

/** Tells which files of a context are left out (Dockerfile reference, ".dockerignore file"). */
export interface IgnoreRules {
  /** `path` is relative to the context, without `./`. Parents count: what lies in a directory that fits does as well. */
  ignores(path: string): boolean;
  /**
   * Whether something below an ignored directory may come back: an exception names it or what lies in it, or begins
   * with a directory that it lies in and goes on with wildcards (`!dist/**\/*.js`). As with podman an exception that
   * begins with a wildcard brings nothing back from ignored directories: after `dir`, `!*\/x` leaves `dir/x` out.
   */
  mayHold(directory: string): boolean;
  /** Nothing is ever left out. */
  readonly empty: boolean;
  /** Where the rules stand, for errors. */
  readonly file: string;
  /** Paths that are left out with all that is in them: nobody need look there. */
  readonly hidden: readonly string[];
}

/** As path.Clean of Go: no trailing slash, no `./`, `..` resolved. */
function clean(path: string): string {
  const normal = namePaths.normalize(path);
  return normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
}

/** The patterns of an ignore file, in order, cleaned; comments and empty lines are gone. */
export function ignoreLines(text: string): string[] {
  return text
    .replace(/^\ufeff/, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .flatMap((line) => {
      const trimmed = line.trim();
      const exception = trimmed.startsWith('!');
      const pattern = exception ? trimmed.slice(1).trim() : trimmed;
      if (trimmed === '' || trimmed === '!') return trimmed === '' ? [] : ['!'];
      const cleaned = clean(pattern);
      const relative = cleaned.length > 1 && cleaned.startsWith('/') ? cleaned.slice(1) : cleaned;
      return [(exception ? '!' : '') + relative];
    });
}

function readRule(line: string): Rule {
  const exception = line.startsWith('!');
  const pattern = exception ? line.slice(1) : line;
  if (pattern === '') throw new Refusal('illegal exclusion pattern: "!"');
  const [, literal = ''] = /^((?:[^*?[\\/]+\/)*)[^/]*[*?[\\]/.exec(pattern) ?? [];
  return { exception, matches: pathMatcher(pattern), pattern, literal };
}

/** The number of the last rule that fits a path or a directory that it lies in; -1: none does. */
type LastRule = (path: string) => number;

/** A function that finds the same for a path but once: each thing in a directory asks about that. */
function remembering<T>(find: (path: string) => T): (path: string) => T {
  const known = new Map<string, T>();
  return (path) => {
    const before = known.get(path);
    if (before !== undefined) return before;
    const found = find(path);
    known.set(path, found);
    return found;
  };
}

function parentOf(path: string): string | null {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? null : path.slice(0, slash);
}

/** Patterns without wildcards are looked up: there may be many rules, and many files. */
function lastRule(rules: readonly Rule[]): LastRule {
  const literal = new Map<string, number>();
  const others: number[] = [];
  for (const [index, { pattern }] of rules.entries()) {
    if (/[*?[\]\\]/.test(pattern)) others.push(index);
    else literal.set(pattern, index);
  }
  others.reverse();
  const ofDirectory = remembering((path) => find(path));
  const find = (path: string): number => {
    const parent = parentOf(path);
    const above = parent === null ? -1 : ofDirectory(parent);
    const least = Math.max(above, literal.get(path) ?? -1);
    const fitting = others.find((index) => index <= least || rules[index]?.matches(path));
    return Math.max(least, fitting ?? -1);
  };
  return find;
}

/**
 * Rules of patterns as `ignoreLines` gives them; the last that fits counts. `file` is the name for errors.
 * Throws BryoError `bad-containerfile` for a pattern that is none.
 */
export function ignoreRules(lines: readonly string[], file = 'the ignore file'): IgnoreRules {
  const rules = lines.map((line, index) => {
    try {
      return readRule(line);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw problem({ file, line: index + 1 }, line, error.message);
    }
  });
  const exceptions = rules.filter(({ exception }) => exception);
  const last = lastRule(rules);
  const ignored = (path: string): boolean => rules[last(path)]?.exception === false;
  const mayHold = remembering((directory) => {
    const below = `${directory}/`;
    return exceptions.some(
      ({ pattern, literal }) =>
        `${pattern}/`.startsWith(below) || (literal !== '' && below.startsWith(literal)),
    );
  });
  /** A directory that nobody looks into is out of reach of exceptions. */
  const closed = remembering((directory: string): boolean => {
    const parent = parentOf(directory);
    if (parent !== null && closed(parent)) return true;
    return ignored(directory) && !mayHold(directory);
  });
  return {
    file,
    empty: !rules.some(({ exception }) => !exception),
    ignores(path) {
      if (ignored(path)) return true;
      const parent = exceptions.length === 0 ? null : parentOf(path);
      return parent !== null && closed(parent);
    },
    mayHold,
    hidden: rules.flatMap(({ pattern, exception }) => {
      const plain = !exception && pattern !== '.' && !/[*?[\]\\]/.test(pattern);
      return plain && !mayHold(pattern) && ignored(pattern) ? [pattern] : [];
    }),
  };
}
