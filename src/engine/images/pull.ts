import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { copyLayoutImage } from '../../image/copy-layout.ts';
import { hostPlatform, parsePlatform, platformMatches } from '../../image/platform.ts';
import {
  formatReference,
  formatRepository,
  parseReference,
  type Reference,
} from '../../image/reference.ts';
import { findImage, nameAskedFor, type ResolvedImage, resolveImage } from '../../image/resolve.ts';
import type { ImageSource } from '../../image/sources.ts';
import { parseTransport } from '../../image/transport.ts';
import { libexecPath } from '../../native/locate.ts';
import { sweepPartials } from '../../store/partials.ts';
import { sweepStaging } from '../../store/staging.ts';
import { makeStore } from '../../store/store-dirs.ts';
import { notingUnfinished } from '../../store/unfinished.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent, recordPullError } from '../events.ts';
import { sweepUnfinished } from '../system/sweep.ts';
import { parallelCopies } from './parallel.ts';
import type { PullRequest } from './pull-request.ts';

/** Pulls what a name stands for: an image of a registry, or all of an archive or directory. */
export async function pullAny(engine: Engine, request: PullRequest): Promise<ResolvedImage[]> {
  try {
    return await pullFrom(engine, request);
  } catch (error) {
    if (error instanceof Error) recordPullError(engine, request.name, error.message);
    throw error;
  }
}

async function pullFrom(engine: Engine, request: PullRequest): Promise<ResolvedImage[]> {
  const place = parseTransport(request.name);
  if (place === null) return [await pullImageOf(engine, request)];
  if (place.transport === 'docker') {
    return [await pullImageOf(engine, { ...request, name: place.name })];
  }
  const { pullFromTransport } = await import('./transports.ts');
  return pullFromTransport(engine, place, request);
}

/** As pullAny, where one image is needed. */
export async function pull(engine: Engine, request: PullRequest): Promise<ResolvedImage> {
  const [image, ...others] = await pullAny(engine, request);
  if (image !== undefined && others.length === 0) return image;
  throw new BryoError('ambiguous-name', `${request.name} holds ${others.length + 1} images`, {
    hint: 'say which: PATH:NAME or PATH:@0',
  });
}

/**
 * Pulls an image from its registry or a mirror of it; a name without a registry from the first one
 * that has it.
 */
async function pullImageOf(engine: Engine, request: PullRequest): Promise<ResolvedImage> {
  const { loadRegistriesConf } = await import('../../registry/registries-conf.ts');
  const { expandShortName, imageSources } = await import('../../image/sources.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const references = expandShortName(conf, parseReference(request.name));
  const problems: BryoError[] = [];
  for (const reference of references) {
    try {
      const sources = imageSources(conf, reference, 'pull');
      return await pullReference(engine, request, reference, sources);
    } catch (error) {
      if (!(error instanceof BryoError) || references.length === 1) throw error;
      problems.push(error);
    }
  }
  throw new BryoError(
    'no-such-image',
    `no registry of registries.conf has ${request.name}: ${problems.map((p) => p.message).join('; ')}`,
  );
}

/**
 * The id that an image has in its registry now: what a pull would bring. Throws BryoError, also for
 * a name without a registry.
 */
export async function remoteId(
  engine: Engine,
  request: Omit<PullRequest, 'onProgress'>,
): Promise<string> {
  const reference = parseReference(request.name);
  if (reference.short) {
    throw new BryoError('short-name', `${request.name} names no registry to look at`, {
      hint: 'write the whole name, such as docker.io/library/nginx',
    });
  }
  const { loadRegistriesConf } = await import('../../registry/registries-conf.ts');
  const { imageSources } = await import('../../image/sources.ts');
  const { remoteImageId } = await import('../../image/pull.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  engine.log('debug', `looking up ${request.name} in its registry`);
  return remoteImageId({
    ...request,
    reference,
    sources: imageSources(conf, reference, 'pull'),
    platform: hostPlatform(process.arch),
  });
}

async function pullReference(
  engine: Engine,
  request: PullRequest,
  reference: Reference,
  sources: readonly ImageSource[],
): Promise<ResolvedImage> {
  const platform =
    request.platform === null ? hostPlatform(process.arch) : parsePlatform(request.platform);
  makeStore(engine.store);
  await sweepStaging(engine.store, () => engine.idMap());
  sweepPartials(engine.store);
  // Loaded here: a command that finds its image in the store needs no HTTP.
  const { pullImage } = await import('../../image/pull.ts');
  const { openGate } = await import('../../image/policy/gate.ts');
  const { layerSink } = await import('../../store/layer-unpack.ts');
  const { extendStartTimeout } = await import('./start-timeout.ts');
  const layers = layerSink(engine.store, engine.idMap());
  const manager = extendStartTimeout(engine, request.onProgress);
  const options = {
    ...request,
    onProgress: manager.onProgress,
    ...parallelCopies(engine),
    store: engine.store,
    reference,
    sources,
    platform,
    gate: openGate(engine.store, request.signaturePolicy ?? null),
    layers,
  };
  try {
    const image = await notingUnfinished(engine.store, () => pullImage(options));
    // Only now: what a pull that was cut short has got is of use for this one.
    await sweepUnfinished(engine);
    recordImageEvent(engine, 'pull', image.id, request.name);
    return image;
  } catch (error) {
    throw unstarted(reference, error);
  } finally {
    manager.release();
    layers.release();
  }
}

/** An error before anything has come, with what was looked for in podman's words. */
function unstarted(reference: Reference, error: unknown): unknown {
  if (!(error instanceof BryoError)) return error;
  const { code, message, hint, exitCode } = error;
  if (code !== 'registry-unreachable' && code !== 'bad-certificate') return error;
  const text = `initializing source docker://${formatReference(reference)}: ${message}`;
  return new BryoError(code, text, { cause: error, exitCode, ...(hint !== undefined && { hint }) });
}

/**
 * Pulls every tag of a repository and gives the images as they come; tags of artifacts that are no
 * container images are passed over.
 */
export async function* pullAllTags(
  engine: Engine,
  request: PullRequest,
): AsyncGenerator<ResolvedImage> {
  const { loadRegistriesConf } = await import('../../registry/registries-conf.ts');
  const { imageSources } = await import('../../image/sources.ts');
  const { listTags } = await import('../../registry/listing.ts');
  const { clientOptions } = await import('../../registry/access.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const repository = parseReference(request.name);
  const named = /:[^/]*$/.test(request.name);
  if (named || repository.digest !== null) {
    throw new BryoError('bad-reference', `${request.name}: all tags are those of a repository`, {
      hint: 'give its name without a tag or digest',
    });
  }
  const own = imageSources(conf, repository, 'push')[0];
  if (own === undefined) return;
  for await (const tag of listTags(clientOptions(own, request))) {
    // A signature that cosign keeps beside an image.
    if (/^sha(256|512)-[0-9a-f]+\.(sig|att|sbom)$/.test(tag)) continue;
    const name = `${formatRepository(repository)}:${tag}`;
    const tagged = parseReference(name);
    try {
      const sources = imageSources(conf, tagged, 'pull');
      yield await pullReference(engine, request, tagged, sources);
    } catch (error) {
      if (!(error instanceof BryoError) || error.code !== 'not-an-image') throw error;
      engine.log('info', `passing over ${name}: ${error.message}`);
    }
  }
}

/** The image that comes with bryo is taken into the store when it is first asked for. */
async function takeEmbedded(engine: Engine, name: string): Promise<ResolvedImage | null> {
  const embedded = /^(localhost\/)?hello(:latest)?$/.test(name);
  const layout = libexecPath('hello');
  if (!embedded || !existsSync(join(layout, 'index.json'))) return null;
  makeStore(engine.store);
  await copyLayoutImage(engine.store, layout, 'localhost/hello:latest');
  return findImage(engine.store, name);
}

/** An image that the own store does not have, from one of podman's that storage.conf names; null: none has it. */
async function takeFromOtherStores(
  engine: Engine,
  request: PullRequest,
): Promise<ResolvedImage | null> {
  const { imageStores } = engine.storageConf;
  if (imageStores.length === 0 || parseTransport(request.name) !== null) return null;
  const { pullFromTransport } = await import('./transports.ts');
  for (const root of imageStores) {
    const place = {
      transport: 'containers-storage',
      root,
      driver: null,
      name: request.name,
    } as const;
    try {
      return (await pullFromTransport(engine, place, request))[0] ?? null;
    } catch (error) {
      const absent = error instanceof BryoError && error.code === 'no-such-image';
      if (!absent) throw error;
    }
  }
  return null;
}

export type PullPolicy = 'always' | 'missing' | 'never' | 'newer';

/** The image of that name that the store has; of a list the one for the platform that was asked for. */
function findFor(engine: Engine, { name, platform }: PullRequest): ResolvedImage | null {
  if (platform === null) return findImage(engine.store, name);
  try {
    return findImage(engine.store, name, parsePlatform(platform));
  } catch (error) {
    if (error instanceof BryoError && error.code === 'no-matching-platform') return null;
    throw error;
  }
}

/** Whether an image will do for the platform: a variant counts where one was asked for. No registry has one of localhost. */
function isFor({ config, names }: ResolvedImage, platform: string | null): boolean {
  if (platform === null || names.every((name) => name.startsWith('localhost/'))) return true;
  const wanted = parsePlatform(platform);
  const { os, architecture } = config;
  const variant = wanted.variant === null ? null : config.variant;
  return platformMatches({ os, architecture, variant }, wanted);
}

/** Finds an image, pulling it as the policy says. One for another platform does only where no registry has a better one. */
export async function obtainImage(
  engine: Engine,
  policy: PullPolicy,
  request: PullRequest,
): Promise<ResolvedImage> {
  const { name } = request;
  const present = findFor(engine, request);
  const fits = present !== null && isFor(present, request.platform);
  if (present !== null && (policy === 'never' || (policy === 'missing' && fits))) return present;
  const embedded = present === null ? await takeEmbedded(engine, name) : null;
  if (embedded !== null) return embedded;
  const other =
    present === null && policy !== 'always' ? await takeFromOtherStores(engine, request) : null;
  if (other !== null) return other;
  if (policy === 'never') return resolveImage(engine.store, name);
  if (present !== null && present.names.length === 0) return present;
  // A short name stands for the same in its registry as here.
  const known = present?.names.some((one) => !one.startsWith('localhost/')) ? present : null;
  const meant = known === null ? name : nameAskedFor(known, name);
  try {
    return await pull(engine, { ...request, name: meant });
  } catch (error) {
    if (present === null || policy === 'always') throw error;
    return present;
  }
}

/** Reads a `--pull` word; `--pull` values true and false are podman's older spelling. */
export function parsePullPolicy(text: string): PullPolicy {
  switch (text) {
    case 'always':
    case 'missing':
    case 'never':
    case 'newer':
      return text;
    case 'true':
      return 'always';
    case 'false':
    case 'ifmissing':
      return 'missing';
    default:
      throw new BryoError('usage', `invalid --pull ${JSON.stringify(text)}`, {
        hint: 'always, missing, never or newer',
      });
  }
}
