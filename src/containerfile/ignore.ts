import { posix } from 'node:path';
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
}

/** As path.Clean of Go: no trailing slash, no `./`, `..` resolved. */
function clean(path: string): string {
  const normal = posix.normalize(path);
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

/** The path and the directories that it lies in, from the outermost. */
function withParents(path: string): string[] {
  const paths: string[] = [];
  for (let at = path.indexOf('/'); at >= 0; at = path.indexOf('/', at + 1)) {
    paths.push(path.slice(0, at));
  }
  return [...paths, path];
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
  const ignored = (paths: readonly string[]): boolean => {
    let result = false;
    for (const { exception, matches } of rules) {
      if (exception === result && paths.some(matches)) result = !exception;
    }
    return result;
  };
  const mayHold = (directory: string): boolean => {
    const below = `${directory}/`;
    return exceptions.some(
      ({ pattern, literal }) =>
        `${pattern}/`.startsWith(below) || (literal !== '' && below.startsWith(literal)),
    );
  };
  return {
    file,
    empty: !rules.some(({ exception }) => !exception),
    ignores(path) {
      const paths = withParents(path);
      if (!ignored(paths)) {
        if (exceptions.length === 0) return false;
        // A directory that nobody looks into is out of reach of exceptions.
        return paths.some((parent, at) => {
          const isParent = at < paths.length - 1;
          return isParent && ignored(paths.slice(0, at + 1)) && !mayHold(parent);
        });
      }
      return true;
    },
    mayHold,
  };
}
