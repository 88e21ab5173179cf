import { BryoError } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import { type IgnoreRules, ignoreRules } from '../containerfile/ignore.ts';
import type { TreeRoot } from '../store/tree-copy.ts';
import { listTree, type TreeEntry, type TreeItem } from '../store/tree-items.ts';
import { modeChange } from './mode.ts';
import { hasWildcard, patternBase, patternMatcher } from './patterns.ts';

/** The choice of an instruction among the files of one root. */
export interface SelectRequest {
  /** Paths and patterns, as written. */
  paths: readonly string[];
  /** Names keep the directories above them (`--parents`). */
  parents: boolean;
  /** Null: modes stay. */
  chmod: string | null;
  exclude: readonly string[];
  /** Rules of the context; null: nothing of it is hidden. */
  ignore: IgnoreRules | null;
  /** The root as errors name it. */
  described: string;
}

/** The files of one root that go somewhere. */
export interface Selection {
  items: TreeItem[];
  /** How many paths were meant, all patterns resolved. */
  sources: number;
  /** The one source is a file: the destination may be its name. */
  file: boolean;
}

const none: IgnoreRules = {
  ignores: () => false,
  mayHold: () => false,
  empty: true,
  file: '',
  hidden: [],
};

/** A path beneath the root: `..` leads no further than that. */
function beneath(path: string): string {
  return namePaths.normalize(`/${path}`).replace(/^\/|\/$/g, '') || '.';
}

function joined(base: string, below: string): string {
  if (below === '') return base;
  return base === '.' ? below : `${base}/${below}`;
}

/** The error for a source that is not there; one that would lead out of the root is looked for within it. */
function missing(request: SelectRequest, path: string): BryoError {
  const place = `checking on sources under ${JSON.stringify(request.described)}`;
  const shown = JSON.stringify(path === '.' ? '/' : `/${path}`);
  const escapes = request.paths.some(
    (one) => namePaths.normalize(one).startsWith('../') && beneath(one) === path,
  );
  const what = `${escapes ? 'possible escaping context directory error: ' : ''}copier: stat: ${shown}`;
  return new BryoError('no-source', `${place}: ${what}: no such file or directory`);
}

/** The error for sources that are there, but left out by rules of the context. */
function filtered({ described, ignore }: SelectRequest, path: string, count: number): BryoError {
  const shown = JSON.stringify(namePaths.join(described, path));
  const by = `(${count} filtered out using ${ignore?.file ?? ''})`;
  return new BryoError(
    'no-source',
    `no items matching glob ${shown} copied ${by}: no such file or directory`,
  );
}

/** Directories that no rule lets anything out of need not be looked at. */
function isHidden(rules: IgnoreRules, path: string, directory: boolean): boolean {
  if (path === '.' || !rules.ignores(path)) return false;
  return !(directory && rules.mayHold(path));
}

async function expandPattern(
  root: TreeRoot,
  request: SelectRequest,
  pattern: string,
): Promise<string[]> {
  const path = beneath(pattern);
  if (!hasWildcard(path)) return [path];
  const { base, depth } = patternBase(path);
  const matches = patternMatcher(path);
  const there = (await listTree(root, [base], depth)).flatMap(({ below, type }) => {
    const full = joined(base, below);
    return below !== '' && matches(full) ? [{ full, type }] : [];
  });
  const found = there.filter(
    ({ full, type }) => !isHidden(request.ignore ?? none, full, type === 'd'),
  );
  if (there.length === 0) return [];
  if (found.length === 0) throw filtered(request, path, there.length);
  return found.map(({ full }) => full);
}

/** The name of a source's entry where it arrives; `pivot` is the part above that a name does not keep. */
function nameOf(request: SelectRequest, source: string, entry: TreeEntry, top: TreeEntry): string {
  if (request.parents) return joined(source, entry.below);
  return top.type === 'd' ? entry.below : namePaths.basename(source);
}

/** What is left out of a source by the rules of the context and by --exclude. */
function leavesOut(request: SelectRequest, source: string): (entry: TreeEntry) => boolean {
  const excluded = request.exclude.length > 0 ? ignoreRules(request.exclude) : none;
  const rules = request.ignore ?? none;
  return ({ below, type }) => {
    const full = joined(source, below);
    if ('scb'.includes(type)) return true;
    if (full !== '.' && rules.ignores(full)) return true;
    if (below === '') return full !== '.' && excluded.ignores(namePaths.basename(full));
    return excluded.ignores(below) || excluded.ignores(full);
  };
}

/** The entries that go, with the directories that they are in though these themselves were left out. */
function chosen(entries: readonly TreeEntry[], out: (entry: TreeEntry) => boolean): TreeEntry[] {
  const kept = new Set<string>();
  const left = entries.map(out);
  for (const [at, { below }] of entries.entries()) {
    if (left[at] === true) continue;
    for (let path = below; path !== '' && !kept.has(path); ) {
      kept.add(path);
      path = path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '';
    }
  }
  return entries.filter(({ below }, at) => left[at] === false || (below !== '' && kept.has(below)));
}

function parentItems(names: readonly string[]): TreeItem[] {
  const seen = new Set<string>();
  for (const name of names) {
    for (
      let path = namePaths.dirname(name);
      path !== '.' && !seen.has(path);
      path = namePaths.dirname(path)
    ) {
      seen.add(path);
    }
  }
  return [...seen].sort().map((path) => ({ path, name: path, mode: null, follow: false }));
}

/**
 * Finds what an instruction copies of a root. Throws BryoError `no-source` for a path that is not there, or that
 * the context's rules hide.
 */
export async function select(root: TreeRoot, request: SelectRequest): Promise<Selection> {
  const change = request.chmod === null ? null : modeChange(request.chmod);
  const sources: string[] = [];
  for (const path of request.paths) sources.push(...(await expandPattern(root, request, path)));
  // A pattern may fit nothing as long as there is something else to copy.
  if (sources.length === 0) throw missing(request, beneath(request.paths[0] ?? '.'));
  const listed = new Map<number, TreeEntry[]>();
  for (const entry of await listTree(root, sources, -1, request.ignore?.hidden)) {
    const group = listed.get(entry.of);
    if (group === undefined) listed.set(entry.of, [entry]);
    else group.push(entry);
  }
  const items: TreeItem[] = [];
  let lastType = '';
  for (const [index, source] of sources.entries()) {
    const entries = listed.get(index) ?? [];
    const top = entries[0];
    if (top === undefined) throw missing(request, source);
    const kept = chosen(entries, leavesOut(request, source));
    const hidden = isHidden(request.ignore ?? none, source, top.type === 'd');
    if (kept.length === 0 && (top.type !== 'd' || hidden) && request.exclude.length === 0) {
      throw hidden ? filtered(request, source, 1) : missing(request, source);
    }
    lastType = top.type;
    for (const entry of kept) {
      const name = nameOf(request, source, entry, top);
      if (name === '' || name === '.') continue;
      items.push({
        path: joined(source, entry.below),
        name,
        mode: change === null || entry.type === 'l' ? null : change(entry.mode, entry.type === 'd'),
        follow: entry.below === '' && top.type !== 'd',
      });
    }
  }
  const above = request.parents ? parentItems(items.map(({ name }) => name)) : [];
  return {
    items: [...above, ...items],
    sources: sources.length,
    file: sources.length === 1 && lastType !== 'd' && !request.parents,
  };
}
