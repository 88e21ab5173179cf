import { BryoError } from '../base/errors.ts';
import type { Source } from '../containerfile/graph-types.ts';
import { obtainImage } from '../engine/images/pull.ts';
import { readBlob } from '../image/layout.ts';
import { formatPlatform, hostPlatform, parsePlatform } from '../image/platform.ts';
import { nameAskedFor, type ResolvedImage } from '../image/resolve.ts';
import type { ImageSettings } from '../image/settings.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { BuildRequest } from '../request/build.ts';
import type { HistoryRecord, ImageState } from './config-document.ts';
import type { BuildProgress } from './progress.ts';
import type { Workspace } from './workspace.ts';

/** An image that a build takes files from or begins with. */
export interface BaseImage {
  image: ResolvedImage;
  /** As it was asked for, in full. */
  name: string;
}

/** Finds and pulls the images of a build, each once. */
export class BaseImages {
  readonly #work: Workspace;
  readonly #request: BuildRequest;
  readonly #access: RegistryAccess;
  readonly #signaturePolicy: string | null;
  readonly #progress: BuildProgress;
  readonly #found = new Map<string, Promise<BaseImage>>();

  constructor(
    work: Workspace,
    request: BuildRequest,
    how: { access: RegistryAccess; signaturePolicy: string | null; progress: BuildProgress },
  ) {
    this.#work = work;
    this.#request = request;
    this.#access = how.access;
    this.#signaturePolicy = how.signaturePolicy;
    this.#progress = how.progress;
  }

  /** The image of that name. Throws BryoError of a pull; `no-such-image`. */
  find(name: string, platform: string | null): Promise<BaseImage> {
    const key = `${platform ?? ''} ${name}`;
    let found = this.#found.get(key);
    if (found === undefined) {
      found = this.#obtain(name, platform);
      this.#found.set(key, found);
    }
    return found;
  }

  /** An image of localhost is taken whatever it is for: commands of another processor's would fail, or be the wrong ones. */
  #warnOfPlatform(name: string, { config }: ResolvedImage, platform: string | null): void {
    if (platform === null) return;
    const wanted = parsePlatform(platform);
    const { os, architecture } = config;
    if (os === wanted.os && architecture === wanted.architecture) return;
    const words = `base image ${name} is for ${os}/${architecture}, where ${formatPlatform(wanted)} was expected`;
    this.#progress.warn(words);
  }

  async #obtain(name: string, platform: string | null): Promise<BaseImage> {
    const { engine, blobs, layers } = this.#work;
    const { pull } = this.#request.source;
    try {
      const image = await obtainImage(engine, pull, {
        ...this.#access,
        name,
        platform,
        signaturePolicy: this.#signaturePolicy,
        onProgress: (event) => this.#progress.pull(event),
      });
      this.#warnOfPlatform(name, image, platform);
      for (const { digest } of [image.manifest.config, ...image.manifest.layers]) {
        blobs.shareSoon(digest);
      }
      for (const diffId of image.config.diffIds) layers.has(diffId);
      return { image, name: nameAskedFor(image, name) };
    } catch (error) {
      if (!(error instanceof BryoError) || pull !== 'never' || error.code !== 'no-such-image') {
        throw error;
      }
      const words = `creating build container: ${name}: image not known`;
      throw new BryoError('no-such-image', words, { about: name });
    }
  }
}

/** The platform of the machine as a graph names it. */
export function machinePlatform(): string {
  const { os, architecture, variant } = hostPlatform(process.arch);
  return [os, architecture, ...(variant === null ? [] : [variant])].join('/');
}

/** The PATH of an image of nothing, as docker and podman have it. */
const usualPath = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** An image of nothing for a platform. */
export function emptyState(platform: string): ImageState {
  const [os = 'linux', architecture = '', variant = null] = platform.split('/');
  return {
    architecture,
    os,
    variant,
    author: '',
    created: '',
    settings: { Env: [usualPath] },
    layers: [],
    history: [],
    ownCommand: false,
  };
}

/** The beginning of a stage that begins with an image. */
export function stateOfImage(
  { engine }: Pick<Workspace, 'engine'>,
  { image }: Pick<BaseImage, 'image'>,
): ImageState {
  const { config, manifest } = image;
  const document = JSON.parse(
    Buffer.from(readBlob(engine.store, manifest.config.digest)).toString('utf8'),
  ) as { config?: ImageSettings | null; history?: HistoryRecord[] };
  const settings: ImageSettings = { ...document.config };
  delete settings.OnBuild;
  return {
    architecture: config.architecture,
    os: config.os,
    variant: config.variant,
    author: config.author,
    created: config.created ?? '',
    settings,
    layers: config.diffIds.map((diffId, index) => {
      const layer = manifest.layers[index];
      if (layer === undefined) throw new BryoError('bad-image', 'the image lacks a layer');
      return { diffId, digest: layer.digest, size: layer.size, mediaType: layer.mediaType };
    }),
    history: Array.isArray(document.history) ? document.history : [],
    ownCommand: false,
  };
}

/** The image that a source names; null: it names none. */
export function imageOfSource(
  source: Source,
  request: BuildRequest,
): { name: string; platform: string | null } | null {
  if (source.kind === 'image') return source;
  if (source.kind !== 'context') return null;
  const context = request.source.contexts[source.name];
  return context?.kind === 'image' ? { name: context.image, platform: null } : null;
}
