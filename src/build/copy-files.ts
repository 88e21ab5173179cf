import { closeSync, openSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import { makeHash } from '../base/hash.ts';
import { addon } from '../native/addon.ts';
import type { PackTimes } from '../store/pack.ts';
import { copyStream, type Receiver, type TreeRoot } from '../store/tree-copy.ts';
import { sendItems } from '../store/tree-items.ts';
import type { BuiltLayer } from './config-document.ts';
import { contentDigest } from './content-digest.ts';
import { layerOf } from './make-layer.ts';
import { withHeldRoot } from './root-hold.ts';
import { scratchContainer } from './scratch-container.ts';
import { type Selection, select } from './select.ts';
import { type FileSource, withSource } from './sources.ts';
import type { Workspace } from './workspace.ts';

/** Files of one source that go to the destination. */
export interface CopyPart {
  source: FileSource;
  paths: readonly string[];
  parents: boolean;
  exclude: readonly string[];
  described: string;
}

/** An archive of the host's, checked to be one, whose files go to the destination. */
export interface UnpackPart {
  archive: string;
  /** Of its bytes. */
  digest: string;
}

/** The copying of one instruction. */
export interface CopyOrder {
  parts: readonly CopyPart[];
  archives: readonly UnpackPart[];
  /** Absolute; a slash at its end says that it is a directory. */
  destination: string;
  chown: string | null;
  chmod: string | null;
  /** The working directory that is made unless it is there, with the user whose it becomes; null: none. */
  workdir: { path: string; owner: string } | null;
}

/** Parts whose files were found. */
export interface PreparedCopy {
  order: CopyOrder;
  selections: Selection[];
  /** Of all that is copied, with modes and names, without times. */
  digest: string;
  /** As the history says what was copied. */
  sum: string;
}

/** Of a stage or an image owners stay; what comes from outside belongs to root. */
function keepsOwners({ kind }: FileSource): boolean {
  return kind === 'layers';
}

function sumOf(order: CopyOrder, selections: readonly Selection[], digest: string): string {
  const sources = selections.reduce((sum, one) => sum + one.sources, order.archives.length);
  const hex = digest.slice(digest.indexOf(':') + 1);
  if (sources !== 1) return `multi:${hex}`;
  return `${selections[0]?.file === false ? 'dir' : 'file'}:${hex}`;
}

/** Finds what is to be copied and what it is. Throws BryoError `no-source`, `copy-failed`. */
export async function prepareCopy(work: Workspace, order: CopyOrder): Promise<PreparedCopy> {
  const hash = makeHash('sha256');
  const selections: Selection[] = [];
  for (const part of order.parts) {
    const { source, paths, parents, exclude, described } = part;
    const ignore = source.kind === 'host' ? source.ignore : null;
    const [selection, digest] = await withSource(work, source, async (root) => {
      const request = { paths, parents, exclude, described, ignore, chmod: order.chmod };
      const found = await select(root, request);
      return [found, await contentDigest(work, root, found.items, keepsOwners(source))] as const;
    });
    selections.push(selection);
    hash.update(`${digest}\n`);
  }
  for (const { digest } of order.archives) hash.update(`archive ${digest}\n`);
  const digest = `sha256:${hash.digest('hex')}`;
  return { order, selections, digest, sum: sumOf(order, selections, digest) };
}

/** Whether the destination is a directory, whatever is there. */
function goesIntoDirectory({ order, selections }: PreparedCopy): boolean {
  const sources = selections.reduce((sum, one) => sum + one.sources, order.archives.length);
  return order.destination.endsWith('/') || sources > 1 || selections.some(({ file }) => !file);
}

function explain(order: CopyOrder, problem: string, single: boolean): BryoError {
  if (single && order.chown !== null && problem.endsWith(': Invalid argument')) {
    return new BryoError('bad-id', `--chown=${order.chown}: only root's id is mapped`, {
      hint: 'a range in /etc/subuid and /etc/subgid has more: see bryo doctor',
    });
  }
  if (!/^unable to find (user|group) /.test(problem)) return new BryoError('copy-failed', problem);
  return new BryoError('bad-id', `looking up UID/GID for "${order.chown}": ${problem}`);
}

function receiverOf(
  prepared: PreparedCopy,
  root: TreeRoot,
  single: boolean,
  archive: boolean,
): Receiver {
  const { order } = prepared;
  const directory = archive || goesIntoDirectory(prepared);
  const plain = single ? 'self' : 'keep';
  return {
    root,
    path: order.destination === '/' ? '/' : order.destination.replace(/\/+$/, ''),
    archive: directory,
    contents: false,
    directory,
    followLinks: true,
    overwrite: false,
    makeParents: true,
    describeDirectories: true,
    // Entries of archives keep theirs, as with docker and podman.
    owner: order.chown === null || archive ? plain : `user=${order.chown}`,
    explain: (problem) => explain(order, problem, single),
  };
}

async function receive(
  work: Workspace,
  prepared: PreparedCopy,
  destination: TreeRoot,
): Promise<void> {
  const { order, selections } = prepared;
  const single = work.engine.idMap().kind === 'single';
  for (const [index, part] of order.parts.entries()) {
    const items = selections[index]?.items ?? [];
    const receiver = receiverOf(prepared, destination, single, false);
    await withSource(work, part.source, (root) =>
      copyStream(
        (output) => sendItems(root, items, keepsOwners(part.source), output),
        receiver,
        addon().pipe(),
      ),
    );
  }
  for (const { archive } of order.archives) {
    const receiver = receiverOf(prepared, destination, single, true);
    const { receiveTree } = await import('../store/tree-copy.ts');
    const input = openSync(archive, 'r');
    try {
      await receiveTree(receiver, input);
    } finally {
      closeSync(input);
    }
  }
}

/** Copies into a layer over those of a stage. */
export async function copyIntoLayer(
  work: Workspace,
  layers: readonly BuiltLayer[],
  prepared: PreparedCopy,
  times: PackTimes,
): Promise<BuiltLayer> {
  const container = await scratchContainer(work, layers);
  try {
    await withHeldRoot(
      work,
      container,
      (root) => receive(work, prepared, root),
      prepared.order.workdir,
    );
    work.signal.throwIfAborted();
    return await layerOf(work, container, times);
  } finally {
    await container.remove();
  }
}

/**
 * The destination of COPY and ADD: relative ones are below the working directory. That and those above it are
 * directories, also where no step has made them yet.
 */
export function destinationPath(workdir: string, destination: string): string {
  const path = namePaths.resolve(workdir || '/', destination);
  const above = workdir !== '' && `${namePaths.resolve('/', workdir)}/`.startsWith(`${path}/`);
  const directory = above || /(^|\/)\.{0,2}$/.test(destination);
  return directory && path !== '/' ? `${path}/` : path;
}
