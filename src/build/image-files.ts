import type { Engine } from '../engine/engine.ts';
import { resolveImage } from '../image/resolve.ts';
import type { TreeRoot } from '../store/tree-copy.ts';
import { stateOfImage } from './base.ts';
import { withSource } from './sources.ts';
import { openWorkspace } from './workspace.ts';

/**
 * Does something with the files of a stored image, which are mounted meanwhile. Errors: those of `resolveImage`,
 * `image-changed`.
 */
export async function withImageFiles<T>(
  engine: Engine,
  name: string,
  use: (root: TreeRoot) => Promise<T>,
): Promise<T> {
  const image = resolveImage(engine.store, name);
  const work = openWorkspace(engine, new AbortController().signal);
  try {
    const { layers } = stateOfImage(work, { image });
    return await withSource(work, { kind: 'layers', layers, described: name }, use);
  } finally {
    await work.close();
  }
}
