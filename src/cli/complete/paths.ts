import { findRecord } from '../../container/records.ts';
import type { Engine } from '../../engine/engine.ts';
import type { TreeRoot } from '../../store/tree-copy.ts';
import type { TreeEntry } from '../../store/tree-items.ts';
import { type Completion, files } from './protocol.ts';

/** Characters that a shell's script would act on, or a terminal. */
const controls = /[\u0000-\u001f\u007f-\u009f]/;

/** The thing at a path beneath the root and then, of a directory, all that is in it. */
async function look(root: TreeRoot, path: string): Promise<TreeEntry[]> {
  const { listTree } = await import('../../store/tree-items.ts');
  return listTree(root, [path.replace(/^\/+/, '') || '.'], 1);
}

/**
 * The paths beneath a root that begin so, spelled as they were begun; none leads out of the root. Directories end
 * with a slash, after which the shell lets the user go on.
 */
async function pathsBelow(root: TreeRoot, start: string): Promise<Completion> {
  const begun = start || '/';
  const [itself, ...within] = await look(root, begun);
  const isDirectory = itself?.type === 'd';
  const parent = isDirectory ? begun : begun.replace(/[^/]*$/, '');
  const beginning = isDirectory ? '' : begun.slice(parent.length);
  const entries = isDirectory ? within : (await look(root, parent)).slice(1);
  const stem = parent === '' || parent.endsWith('/') ? parent : `${parent}/`;
  if (isDirectory && entries.length === 0) {
    return { suggestions: [{ word: stem, says: '' }], directive: 'NoSpace' };
  }
  const found = entries.filter(({ below }) => below.startsWith(beginning) && !controls.test(below));
  const suggestions = found.map(({ below, type }) => ({
    word: `${stem}${below}${type === 'd' ? '/' : ''}`,
    says: '',
  }));
  const [only] = found;
  const isWhole = found.length === 0 || (found.length === 1 && only?.type !== 'd');
  return { suggestions, directive: isWhole ? 'Default' : 'NoSpace' };
}

/** Paths of an image's files, for the command of a container made of it. */
export async function imagePaths(engine: Engine, image: string, start: string) {
  const { withImageFiles } = await import('../../build/image-files.ts');
  return withImageFiles(engine, image, (root) => pathsBelow(root, start));
}

/** `CONTAINER:PATH` with the paths of the container's files, its volumes among them. */
export async function containerPaths(engine: Engine, start: string): Promise<Completion> {
  const [, name = '', path = ''] = /^([^:]+):(.*)$/s.exec(start) ?? [];
  if (name === '') return files;
  const { accessRoot } = await import('../../engine/containers/root-access.ts');
  const { pid, startTicks, release } = await accessRoot(engine, findRecord(engine.store, name));
  try {
    const { suggestions, directive } = await pathsBelow(
      { kind: 'container', pid, startTicks },
      path,
    );
    const words = suggestions.map(({ word, says }) => ({ word: `${name}:${word}`, says }));
    return { suggestions: words, directive };
  } finally {
    await release();
  }
}
