import {
  chmodSync,
  lstatSync,
  readdirSync,
  rmdirSync,
  type Stats,
  statSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import { namePaths } from '../base/file-names.ts';
import { fileIn } from '../store/container-files.ts';
import { driverByName } from '../store/drivers/choose.ts';
import { removeEmptyPlaces } from '../store/worker.ts';
import type { ScratchContainer } from './scratch-container.ts';
import type { Workspace } from './workspace.ts';

/** Targets of bryo's own mounts in every container. */
const ownTargets = ['/etc/hosts', '/etc/resolv.conf', '/etc/hostname', '/run/.containerenv'];

/** A thing at a path in a layer: a link on the way ends the search, for nobody shall be led elsewhere. */
function lookUp(layer: string, parts: readonly string[]): Stats | 'link' | null {
  let path = layer;
  let found: Stats | null = null;
  for (const [index, part] of parts.entries()) {
    path = join(path, part);
    found = lstatSync(path, { throwIfNoEntry: false }) ?? null;
    if (found === null) return null;
    if (index + 1 === parts.length) return found;
    if (found.isSymbolicLink()) return 'link';
    if (!found.isDirectory()) return found;
  }
  return found;
}

/** Whether the layers (topmost first) show something there. In doubt they do. */
function shows(layers: readonly string[], parts: readonly string[]): boolean {
  for (const layer of layers) {
    const found = lookUp(layer, parts);
    if (found === 'link') return true;
    // A whiteout: the layers below it do not matter.
    if (found !== null) return !found.isCharacterDevice();
  }
  return false;
}

function isEmpty(path: string, found: Stats): boolean {
  if (found.isFile()) return found.size === 0;
  return found.isDirectory() && readdirSync(path).length === 0;
}

function isOwn(path: string): boolean {
  return statSync(path).uid === process.geteuid?.();
}

/** Takes an empty place away, and the directories above it that have nothing else. */
function removePlace(upper: string, layers: readonly string[], path: string): void {
  for (let parts = path.split('/'); parts.length > 0; parts = parts.slice(0, -1)) {
    const found = lookUp(upper, parts);
    const place = join(upper, ...parts);
    if (found === null || found === 'link' || !isEmpty(place, found)) return;
    if (shows(layers, parts)) return;
    if (found.isDirectory()) rmdirSync(place);
    else unlinkSync(place);
  }
}

/**
 * Takes the files and directories away that were only made to mount something on: those that are empty, that the
 * layers below do not have, and that lie in what the command has written. Nothing runs in there any more, and no link
 * is followed.
 */
export async function withoutMountPoints(
  work: Workspace,
  { record, place }: ScratchContainer,
  targets: readonly string[],
): Promise<void> {
  const name = record.rootfs.kind === 'image' ? record.rootfs.driver : '';
  // The others keep no layer of its own whose entries could go.
  if (driverByName(name).name !== 'overlay') return;
  const { layers } = place;
  const upper = fileIn(place.directory, 'upper');
  const closed: string[] = [];
  const mode = statSync(upper).mode & 0o7777;
  const writable = (mode & 0o200) !== 0 || !isOwn(upper);
  // Root in the container could write into it all the same.
  if (!writable) chmodSync(upper, mode | 0o200);
  for (const target of [...targets, ...ownTargets]) {
    const path = namePaths.normalize(target).replace(/^\/+|\/+$/g, '');
    if (path === '') continue;
    try {
      removePlace(upper, layers, path);
    } catch (error) {
      if (!['EACCES', 'EPERM'].includes(errnoCode(error) ?? '')) throw error;
      closed.push(path);
    }
  }
  if (!writable) chmodSync(upper, mode);
  if (closed.length > 0) {
    await removeEmptyPlaces({ upper, layers, paths: closed }, work.engine.idMap());
  }
}
