import { existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { bootId } from '../native/processes.ts';
import { storageMap } from '../native/storage-map.ts';
import { openLeases } from './leases.ts';
import { listDirectory } from './list-directory.ts';
import { type Store, storePaths } from './paths.ts';
import { readRecordFile, writeRecordFile } from './record-file.ts';
import { keepAside, stagingPath, within } from './staging.ts';
import { removeTrees } from './worker.ts';

/** layers/<hex>/layer.json. */
export interface LayerInfo {
  diffId: string;
  /** Bytes of the uncompressed tar. */
  size: number;
  /** Bytes of the files in it. */
  bytes: number;
  /**
   * Boot in which the layer was unpacked. Until it is known to be on the disk nobody trusts it in
   * another boot: a power cut may have left only a part of it. Absent: it is on the disk.
   */
  boot?: string;
  /** Digests of blobs whose content was found to be this layer. Others may only be said to be. */
  blobs?: string[];
  /**
   * The layer was packed of these very files, and its tar can be made of them at any time: no blob is
   * needed. Its plain form is known by the diff id.
   */
  packs?: true;
  /** The gzip form that was made of it last. Where a registry has that it need not be made again. */
  packed?: { digest: string; size: number };
}

/** Blobs that are remembered of one layer: it is seldom compressed in many ways. */
const blobLimit = 32;

/** A diff id without its algorithm: the name of the layer's directory. */
export function diffHex(diffId: string): string {
  return diffId.slice(diffId.indexOf(':') + 1);
}

function layerDirectory(store: Store, idMap: IdMap, diffId: string): string {
  return storePaths.layer(store, idMap.kind === 'single', diffHex(diffId));
}

/** The directory that holds a layer's files. */
export function layerDiff(store: Store, idMap: IdMap, diffId: string): string {
  return join(layerDirectory(store, idMap, diffId), 'diff');
}

/**
 * The directories of the layers with these diff ids (lowest first), topmost first and each once: the
 * kernel's overlay refuses to have a directory twice. What a layer shows, and what it hides of those
 * below, is the same at each of its places, so only the topmost one counts.
 */
export function layerStack(store: Store, idMap: IdMap, diffIds: readonly string[]): string[] {
  const topmostFirst = new Set([...diffIds].reverse());
  return [...topmostFirst].map((diffId) => layerDiff(store, idMap, diffId));
}

/** The mode of a layer's directory when the layer says nothing of its root, as podman has it. */
export const untoldRootMode = 0o555;

/** The mode of the root of these layers (topmost first) as the image says. */
export function rootMode(layers: readonly string[]): number {
  const modes = layers.map((layer) => statSync(layer).mode & 0o7777);
  return modes.find((mode) => mode !== untoldRootMode) ?? untoldRootMode;
}

function isInfo(value: unknown): value is LayerInfo {
  if (typeof value !== 'object' || value === null) return false;
  const { diffId, size, bytes, blobs = [], packed } = value as Partial<LayerInfo>;
  const counted = typeof size === 'number' && typeof bytes === 'number';
  if (packed !== undefined && typeof packed?.digest !== 'string') return false;
  return typeof diffId === 'string' && counted && Array.isArray(blobs);
}

/** The description of a layer; null when it is missing, damaged, or was cut short by a power cut. */
export function readLayerInfo(store: Store, idMap: IdMap, diffId: string): LayerInfo | null {
  const path = join(layerDirectory(store, idMap, diffId), 'layer.json');
  const reading = readRecordFile(path, isInfo);
  if (reading.kind !== 'sound' || reading.value.diffId !== diffId) return null;
  const { boot } = reading.value;
  return boot === undefined || boot === bootId() ? reading.value : null;
}

export function hasLayer(store: Store, idMap: IdMap, diffId: string): boolean {
  const whole = readLayerInfo(store, idMap, diffId) !== null;
  return whole && existsSync(layerDiff(store, idMap, diffId));
}

/** Whether a layer is there and a blob is known to unpack to it. */
export function isLayerOf(store: Store, idMap: IdMap, diffId: string, blob: string): boolean {
  const known = readLayerInfo(store, idMap, diffId)?.blobs?.includes(blob) === true;
  return known && existsSync(layerDiff(store, idMap, diffId));
}

function writeLayerInfo(store: Store, idMap: IdMap, info: LayerInfo): void {
  const path = join(layerDirectory(store, idMap, info.diffId), 'layer.json');
  writeRecordFile(path, info, 'volatile', within(store));
}

/**
 * Remembers that a blob, whose content was checked, unpacks to a layer. Of two who do so at the same
 * time one may be forgotten: the content is checked again then.
 */
export function rememberBlob(store: Store, idMap: IdMap, diffId: string, blob: string): void {
  const info = readLayerInfo(store, idMap, diffId);
  if (info === null || info.blobs?.includes(blob)) return;
  const blobs = [...(info.blobs ?? []), blob].slice(-blobLimit);
  writeLayerInfo(store, idMap, { ...info, blobs });
}

/** Remembers the gzip form of a layer that has none in the store. */
export function rememberPacked(
  store: Store,
  idMap: IdMap,
  diffId: string,
  packed: { digest: string; size: number },
): void {
  const info = readLayerInfo(store, idMap, diffId);
  if (info === null || info.packed?.digest === packed.digest) return;
  writeLayerInfo(store, idMap, { ...info, packed });
}

/** To be called when all that the layers hold has reached the disk. */
export function settleLayers(store: Store, idMap: IdMap, diffIds: readonly string[]): void {
  for (const diffId of new Set(diffIds)) {
    const known = readLayerInfo(store, idMap, diffId);
    if (known?.boot === undefined) continue;
    const { boot: _settled, ...info } = known;
    writeLayerInfo(store, idMap, info);
  }
}

/** Diff ids of all layers that are there, whole or not. */
export function presentLayers(store: Store, idMap: IdMap): string[] {
  const directory = storePaths.layers(store, idMap.kind === 'single');
  return listDirectory(directory)
    .filter((name) => /^[0-9a-f]{64}$/.test(name))
    .map((hex) => `sha256:${hex}`);
}

/** Takes a layer out of sight in one step: a half-removed one must never be found under its name. */
export function hideLayer(store: Store, idMap: IdMap, diffId: string): string {
  const staging = stagingPath(store);
  renameSync(layerDirectory(store, idMap, diffId), staging);
  return staging;
}

/**
 * Takes a damaged layer out of the way of a whole one. Containers that run may still have its files.
 */
export function replaceDamaged(store: Store, idMap: IdMap, diffId: string): void {
  try {
    keepAside(store, layerDirectory(store, idMap, diffId));
  } catch (error) {
    // Other commands may have been faster.
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}

/**
 * Removes the layers that are not among those that `kept` tells. It is asked when nobody who has
 * just begun to need a layer can have missed that: such a layer has a lease, and stays. Where it tells
 * null all stay, and the result is false.
 */
export async function removeLayers(
  store: Store,
  idMap: IdMap,
  kept: () => ReadonlySet<string> | null,
): Promise<boolean> {
  const leases = openLeases(storePaths.layerLeases(store));
  const moved: string[] = [];
  try {
    const free = presentLayers(store, idMap).filter((diffId) => leases.hold(diffId));
    const needed = kept();
    if (needed === null) return false;
    for (const diffId of free) {
      if (!needed.has(diffId)) moved.push(hideLayer(store, idMap, diffId));
    }
  } finally {
    leases.close();
  }
  await removeTrees(moved, idMap);
  return true;
}

/** The files that a layer's tar can be made of, by the mapping that they are kept under. */
export interface LayerFiles {
  info: LayerInfo;
  path: string;
  idMap: IdMap;
}

/** The mappings that there may be layers under. */
function possibleMaps(): IdMap[] {
  const { idMap } = storageMap();
  if (idMap.kind !== 'full') return [idMap];
  // Layers that were built before the caller had further ids.
  const own = (map: IdMap['uids']): IdMap['uids'] => map.slice(0, 1);
  return [idMap, { kind: 'single', uids: own(idMap.uids), gids: own(idMap.gids) }];
}

/** The files of a layer that was built here, of which there need be no blob; null: there are none. */
export function layerFiles(store: Store, diffId: string): LayerFiles | null {
  for (const idMap of possibleMaps()) {
    const info = readLayerInfo(store, idMap, diffId);
    if (info?.packs === true) return { info, path: layerDiff(store, idMap, diffId), idMap };
  }
  return null;
}
