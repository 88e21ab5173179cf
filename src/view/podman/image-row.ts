import { formatAge } from '../../base/duration.ts';
import { formatSize } from '../../base/size.ts';
import { printable } from '../../base/text.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ListedImage } from '../../engine/images/list.ts';
import { imageSize } from '../../engine/images/size.ts';
import type { ResolvedImage } from '../../image/resolve.ts';
import { familiarName } from '../docker/names.ts';

/** An image of a listing, under one of its names. */
export interface ImageRow extends Record<string, unknown> {
  Repository: string;
  Tag: string;
  ID: string;
  Id: string;
  Digest: string;
  Created: string;
  CreatedAt: string;
  Size: string;
  VirtualSize: number;
}

function repoDigests({ names, manifestDigest }: ResolvedImage): string[] {
  return names.map((name) => `${name.replace(/:[^:/]*$/, '')}@${manifestDigest}`);
}

/** The object of `--format json`, with podman's types. */
export function imageObject(engine: Engine, { image, containers }: ListedImage) {
  const created = new Date(image.config.created ?? 0);
  const size = imageSize(engine, image);
  const { labels } = image.config.config;
  return {
    Id: image.id,
    ParentId: '',
    RepoTags: image.names.length === 0 ? null : image.names,
    RepoDigests: repoDigests(image),
    Size: size,
    SharedSize: 0,
    VirtualSize: size,
    Labels: Object.keys(labels).length === 0 ? null : labels,
    Containers: containers,
    ...(image.names.length === 0 ? { Dangling: true } : { Names: image.names }),
    Digest: image.manifestDigest,
    History: [...image.names, ...image.former],
    Created: Math.floor(created.getTime() / 1000),
    CreatedAt: created.toISOString().replace('.000Z', 'Z'),
  };
}

/** How images of a listing are shown. */
export interface ImageRowOptions {
  dialect: 'podman' | 'docker';
  /** Whole ids. */
  whole: boolean;
  now: Date;
}

/** A row for each name of an image, or one for an image without a name. */
export function imageRows(
  engine: Engine,
  { image, containers }: ListedImage,
  { dialect, whole, now }: ImageRowOptions,
): ImageRow[] {
  const names = image.names.length === 0 ? ['<none>:<none>'] : image.names;
  const created = new Date(image.config.created ?? Number.NaN);
  const bytes = imageSize(engine, image);
  // Made once for all rows: an image may have thousands of names.
  const history = [...image.names, ...image.former].join(', ');
  const digests = repoDigests(image);
  return names.map((name) => {
    const colon = name.lastIndexOf(':');
    return {
      Repository: dialect === 'docker' ? familiarName(name.slice(0, colon)) : name.slice(0, colon),
      Tag: name.slice(colon + 1),
      ID: whole ? `sha256:${image.id}` : image.id.slice(0, 12),
      Id: image.id,
      Digest: image.manifestDigest,
      Created: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      CreatedAt: printable(image.config.created ?? ''),
      CreatedTime: printable(image.config.created ?? ''),
      Containers: containers,
      Dangling: image.names.length === 0,
      History: history,
      ParentId: '',
      ReadOnly: false,
      RepoDigests: digests,
      RepoTags: image.names,
      SharedSize: 0,
      CreatedSince: Number.isNaN(created.getTime()) ? 'N/A' : formatAge(created, now),
      Size: formatSize(bytes, { digits: 3, separator: ' ' }),
      VirtualSize: bytes,
      Names: image.names,
      Labels: image.config.config.labels,
    };
  });
}
