import type { IgnoreRules } from '../containerfile/ignore.ts';
import type { TreeRoot } from '../store/tree-copy.ts';
import type { BuiltLayer } from './config-document.ts';
import { withHeldRoot } from './root-hold.ts';
import { scratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/** Files that a stage takes: of a directory of the host's, or of an image or another stage. */
export type FileSource =
  | { kind: 'host'; directory: string; ignore: IgnoreRules | null }
  | { kind: 'layers'; layers: readonly BuiltLayer[]; described: string };

/** Does something with the root of a source's files. */
export async function withSource<T>(
  work: Workspace,
  source: FileSource,
  use: (root: TreeRoot) => Promise<T>,
): Promise<T> {
  if (source.kind === 'host') return use({ kind: 'host', directory: source.directory });
  const container = await scratchContainer(work, source.layers);
  try {
    return await withHeldRoot(work, container, use);
  } finally {
    await container.remove();
  }
}
