import { readKnownFiles, rememberFiles } from '../store/known-files.ts';
import type { TreeRoot } from '../store/tree-copy.ts';
import { digestItems, type TreeItem } from '../store/tree-items.ts';
import type { Workspace } from './workspace.ts';

/**
 * The digest of things beneath a root, without times. Large files of the host's that an earlier build has read, and
 * that did not change, are not read again. Throws BryoError `copy-failed`.
 */
export async function contentDigest(
  { engine }: Workspace,
  root: TreeRoot,
  items: readonly TreeItem[],
  keepOwners: boolean,
): Promise<string> {
  const { store } = engine;
  const known = root.kind === 'host' ? readKnownFiles(store) : new Map<string, string>();
  const { digest, read } = await digestItems(root, items, { keepOwners, known });
  rememberFiles(store, read);
  return digest;
}
