import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../base/errors.ts';
import { isDigest, parseDigest } from '../image/digest.ts';
import { isVerifiedFile } from '../image/hash.ts';
import { adoptBlob, hasBlob, initLayout } from '../image/layout.ts';
import type { CacheLocation } from '../request/build.ts';
import { stagingPath } from '../store/staging.ts';
import { type CachedStep, isStep, readStep, writeStep } from '../store/step-cache.ts';
import { giveLayer } from './travelling-layer.ts';
import type { Workspace } from './workspace.ts';

/** The file of a directory with the results that it has: an object by keys. */
const indexName = 'bryo-build-cache.json';
const keyPattern = /^[0-9a-f]{64}$/;
const indexLimit = 64 << 20;

function localPaths(locations: readonly CacheLocation[]): string[] {
  return locations.flatMap((one) => (one.type === 'local' ? [one.path] : []));
}

function blobIn(directory: string, digest: string): string {
  return join(directory, 'blobs', ...digest.split(':'));
}

/** Results by their keys. Whoever wrote them: only what has the form of a result is taken. */
export function readSteps(document: unknown): Map<string, CachedStep> {
  const steps = new Map<string, CachedStep>();
  for (const [key, step] of Object.entries(document ?? {})) {
    if (!keyPattern.test(key) || !isStep(step)) continue;
    if (step.layer !== null && !(isDigest(step.layer.digest) && isDigest(step.layer.diffId)))
      continue;
    steps.set(key, step);
  }
  return steps;
}

function readIndexFile(directory: string): Map<string, CachedStep> {
  const path = join(directory, indexName);
  if (!existsSync(path)) return new Map();
  let document: unknown;
  try {
    const bytes = readFileSync(path);
    if (bytes.length > indexLimit) throw new SyntaxError('too large');
    document = JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new BryoError('bad-archive', `--cache-from ${directory}: ${indexName} is damaged`, {
      cause,
    });
  }
  return readSteps(document);
}

/** Takes a layer's blob over if it is what its digest says. What it unpacks to is checked before it is used. */
async function takeBlob(
  { engine, blobs }: Workspace,
  directory: string,
  digest: string,
): Promise<boolean> {
  const { store } = engine;
  blobs.shareSoon(digest);
  if (hasBlob(store, digest)) return true;
  const source = blobIn(directory, digest);
  if (!existsSync(source)) return false;
  const staged = stagingPath(store);
  copyFileSync(source, staged);
  if (!(await isVerifiedFile(staged, parseDigest(digest)))) return false;
  adoptBlob(store, digest, staged);
  return true;
}

/**
 * Takes the results of other builds over from directories (`--cache-from`); one without any, as before the first build,
 * is passed over with a word to `warn`. Errors: `bad-archive`.
 */
export async function importSteps(
  work: Workspace,
  locations: readonly CacheLocation[],
  warn: (message: string) => void,
): Promise<void> {
  const { store } = work.engine;
  for (const directory of localPaths(locations)) {
    if (!existsSync(join(directory, indexName))) {
      warn(`nothing is taken from --cache-from ${directory}: there is no ${indexName}`);
      continue;
    }
    initLayout(store);
    for (const [key, step] of readIndexFile(directory)) {
      if (readStep(store, key) !== null) continue;
      const whole = step.layer === null || (await takeBlob(work, directory, step.layer.digest));
      if (whole) writeStep(store, key, step);
    }
  }
}

/** Adds a build's results to a directory (`--cache-to`), which other machines may take them from. */
export async function exportSteps(
  { engine }: Workspace,
  directory: string,
  made: ReadonlyMap<string, CachedStep>,
): Promise<void> {
  const { store } = engine;
  mkdirSync(join(directory, 'blobs', 'sha256'), { recursive: true });
  const steps = readIndexFile(directory);
  for (const [key, { boot: _boot, ...step }] of made) {
    const layer =
      step.layer &&
      (await giveLayer(store, step.layer, {
        has: async (digest) => existsSync(blobIn(directory, digest)),
        async give({ digest, path }) {
          const partial = `${blobIn(directory, digest)}.partial`;
          copyFileSync(path, partial);
          renameSync(partial, blobIn(directory, digest));
        },
      }));
    steps.set(key, { ...step, layer });
  }
  const partial = join(directory, `${indexName}.partial`);
  writeFileSync(partial, JSON.stringify(Object.fromEntries(steps)));
  renameSync(partial, join(directory, indexName));
}
