import { closeSync, mkdirSync, openSync } from 'node:fs';
import { BryoError } from '../base/errors.ts';
import { saveImages } from '../engine/images/save.ts';
import { addon } from '../native/addon.ts';
import type { BuildOutput } from '../request/build.ts';
import {
  callersDirectory,
  copyTree,
  type Sender,
  sendTree,
  type TreeRoot,
} from '../store/tree-copy.ts';
import type { BuiltLayer } from './config-document.ts';
import { withHeldRoot } from './root-hold.ts';
import { scratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

const standardOutput = 1;

function whole(root: TreeRoot): Sender {
  return { root, path: '/', name: '.' };
}

/** Puts the image's files into a directory of the host, where all of them are the caller's. */
async function intoDirectory(root: TreeRoot, path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  const receiver = callersDirectory(
    path,
    (problem) => new BryoError('copy-failed', `--output ${path}: ${problem}`),
  );
  await copyTree(whole(root), receiver, addon().pipe());
}

async function intoTar(root: TreeRoot, path: string | null): Promise<void> {
  if (path === null) {
    await sendTree(whole(root), standardOutput);
    return;
  }
  const output = openSync(path, 'w', 0o644);
  try {
    await sendTree(whole(root), output);
  } finally {
    closeSync(output);
  }
}

async function write(
  work: Workspace,
  output: BuildOutput,
  image: { id: string; layers: readonly BuiltLayer[] },
): Promise<void> {
  if (output.type === 'oci' || output.type === 'docker') {
    await saveImages(work.engine, {
      names: [image.id],
      format: output.type === 'oci' ? 'oci-archive' : 'docker-archive',
      path: output.path,
      compress: false,
      plain: false,
      stdout: process.stdout,
    });
    return;
  }
  const container = await scratchContainer(work, image.layers);
  try {
    await withHeldRoot(work, container, (root) =>
      output.type === 'local' ? intoDirectory(root, output.path) : intoTar(root, output.path),
    );
  } finally {
    await container.remove();
  }
}

/** Writes an image that is in the store to all the places that it shall go to as well (`--output`). */
export async function writeOutputs(
  work: Workspace,
  outputs: readonly BuildOutput[],
  image: { id: string; layers: readonly BuiltLayer[] },
): Promise<void> {
  for (const output of outputs) await write(work, output, image);
}
