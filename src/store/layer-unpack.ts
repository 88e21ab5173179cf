import { type ChildProcess, spawn } from 'node:child_process';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError, errnoCode } from '../base/errors.ts';
import type { IdMap } from '../base/id-map.ts';
import { libexecPath } from '../native/locate.ts';
import { bootId } from '../native/processes.ts';
import { usernsArgv } from '../native/userns.ts';
import { GrowthBudget } from './growth.ts';
import type { LayerSink, LayerWriter } from './layer-sink.ts';
import {
  diffHex,
  hasLayer,
  isLayerOf,
  type LayerInfo,
  readLayerInfo,
  rememberBlob,
  replaceDamaged,
  settleLayers,
  untoldRootMode,
} from './layers.ts';
import { openLeases } from './leases.ts';
import { type Store, storePaths } from './paths.ts';
import { writeRecordFile } from './record-file.ts';
import { stagingPath, within } from './staging.ts';
import { makeContentDirectory, makeStoreDirectory } from './store-dirs.ts';
import { removeTrees, whenEnded, workerMessage } from './worker.ts';

/** The worker's report on an unpacked layer. */
interface UnpackResult {
  diffId: string;
  size: number;
  entries: number;
  bytes: number;
}

class UnpackingLayer implements LayerWriter {
  readonly #store: Store;
  readonly #idMap: IdMap;
  readonly #keep: (diffId: string) => void;
  readonly #budget: GrowthBudget;
  readonly #staging: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number>;
  /** Bytes that were written. */
  #taken = 0;
  #stdout = '';
  #stderr = '';
  /** Ends the wait for room in the worker's input. */
  #resume: () => void = () => {};

  constructor(
    store: Store,
    idMap: IdMap,
    { budget, keep }: { budget: GrowthBudget; keep(diffId: string): void },
  ) {
    this.#keep = keep;
    this.#budget = budget;
    this.#store = store;
    this.#idMap = idMap;
    this.#staging = stagingPath(store);
    const destination = join(this.#staging, 'diff');
    makeStoreDirectory(store, this.#staging);
    makeContentDirectory(idMap, destination, untoldRootMode);
    const owner = idMap.kind === 'single' ? 'self' : 'keep';
    const words = ['--dest', destination, '--owner', owner, ...budget.words];
    const argv = [libexecPath('bryo-worker'), 'unpack', ...words];
    this.#child = spawn(libexecPath('bryo-launcher'), usernsArgv(idMap, argv), {
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    const resume = (): void => this.#resume();
    // A worker that gives up closes its end; what it says then is the error that counts.
    this.#child.stdin?.on('error', resume).on('drain', resume).on('close', resume);
    this.#ended = whenEnded(this.#child);
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    this.#taken += chunk.length;
    // Bun gives a program that could not be started no pipe at all.
    if (stdin?.destroyed !== false || stdin.write(chunk)) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
  }

  async end(expectedDiffId: string): Promise<string> {
    const { diffId } = await this.#finish(expectedDiffId, (result) => this.#publish(result));
    return diffId;
  }

  /** Ends an unpacking whose result stays where it is: `diff` in a staging directory. */
  async endAside(expectedDiffId: string): Promise<string> {
    await this.#finish(expectedDiffId, async (result) => this.#describe(result));
    return this.#staging;
  }

  async #finish(
    expectedDiffId: string,
    use: (result: UnpackResult) => Promise<void>,
  ): Promise<UnpackResult> {
    this.#child.stdin?.end();
    try {
      const code = await this.#ended;
      if (code !== 0) throw new BryoError('bad-layer', workerMessage(this.#stderr));
      const result = JSON.parse(this.#stdout) as UnpackResult;
      this.#budget.charge(result.size, this.#taken);
      if (expectedDiffId !== '' && result.diffId !== expectedDiffId) {
        throw new BryoError(
          'bad-digest',
          `layer content is ${result.diffId}, the image says ${expectedDiffId}`,
        );
      }
      await use(result);
      return result;
    } catch (error) {
      await removeTrees([this.#staging], this.#idMap);
      throw error;
    }
  }

  #describe({ diffId, size, bytes }: UnpackResult): void {
    const info: LayerInfo = { diffId, size, bytes, boot: bootId() };
    writeRecordFile(join(this.#staging, 'layer.json'), info, 'volatile', within(this.#store));
  }

  async #publish({ diffId, size, bytes }: UnpackResult): Promise<void> {
    this.#keep(diffId);
    await publishLayer(this.#store, this.#idMap, this.#staging, { diffId, size, bytes });
  }

  async abort(): Promise<void> {
    this.#child.kill('SIGKILL');
    this.#child.stdin?.destroy();
    await Promise.allSettled([this.#ended]);
    await removeTrees([this.#staging], this.#idMap);
  }
}

/**
 * Gives a layer its place: a staging directory whose `diff` is its tree. The second to come finds the same
 * layer there and drops its own. Its lease is the caller's.
 */
export async function publishLayer(
  store: Store,
  idMap: IdMap,
  staging: string,
  info: Omit<LayerInfo, 'boot'>,
): Promise<void> {
  const { diffId } = info;
  const described: LayerInfo = { ...info, boot: bootId() };
  writeRecordFile(join(staging, 'layer.json'), described, 'volatile', within(store));
  const single = idMap.kind === 'single';
  makeStoreDirectory(store, storePaths.layers(store, single));
  const target = storePaths.layer(store, single, diffHex(diffId));
  const unneeded: string[] = [];
  for (;;) {
    try {
      renameSync(staging, target);
      break;
    } catch (error) {
      const code = errnoCode(error);
      if (code !== 'EEXIST' && code !== 'ENOTEMPTY') throw error;
    }
    if (hasLayer(store, idMap, diffId)) {
      unneeded.push(staging);
      break;
    }
    // The layer that is there is not whole.
    replaceDamaged(store, idMap, diffId);
  }
  await removeTrees(unneeded, idMap);
}

/**
 * Unpacks a layer's blob into a staging directory, which the caller removes; resolves with its path.
 * Errors: `bad-digest`, `bad-layer`.
 */
export async function unpackAside(
  store: Store,
  idMap: IdMap,
  layer: { source: AsyncIterable<Uint8Array>; diffId: string },
): Promise<string> {
  const budget = new GrowthBudget(1);
  const writer = new UnpackingLayer(store, idMap, { budget, keep: () => undefined });
  try {
    for await (const chunk of layer.source) await writer.write(chunk);
  } catch (error) {
    await writer.abort();
    throw error;
  }
  return writer.endAside(layer.diffId);
}

/**
 * The store's layers as a pull sees them: what is there, and a way to add one while it arrives. A
 * layer that was asked for or added stays until `release`. `growth`: how much the archive that layers
 * come in has grown when it was decompressed.
 */
export function layerSink(store: Store, idMap: IdMap, growth = 1): LayerSink {
  makeStoreDirectory(store, store.root);
  const leases = openLeases(storePaths.layerLeases(store));
  const budget = new GrowthBudget(growth);
  const keep = (diffId: string): void => {
    leases.shareSoon(diffId);
  };
  return {
    has(diffId) {
      leases.shareSoon(diffId);
      return hasLayer(store, idMap, diffId);
    },
    size: (diffId) => readLayerInfo(store, idMap, diffId)?.size ?? null,
    isOf(diffId, blob) {
      leases.shareSoon(diffId);
      return isLayerOf(store, idMap, diffId, blob);
    },
    remember: (diffId, blob) => rememberBlob(store, idMap, diffId, blob),
    begin: () => new UnpackingLayer(store, idMap, { budget, keep }),
    settle: (diffIds) => settleLayers(store, idMap, diffIds),
    release: () => leases.close(),
  };
}
