import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import type { Conversion } from '../../image/convert.ts';
import { digestBytes } from '../../image/hash.ts';
import type { StoredList } from '../../image/lists.ts';
import type { Signing } from '../../image/policy/sign.ts';
import type { PullProgress } from '../../image/progress.ts';
import { parseReference } from '../../image/reference.ts';
import { nameMeant, resolveImage } from '../../image/resolve.ts';
import { parseTransport } from '../../image/transport.ts';
import type { RegistryAccess } from '../../registry/access.ts';
import type { Engine } from '../engine.ts';
import { recordImageEvent } from '../events.ts';
import { parallelCopies } from './parallel.ts';

export interface PushRequest extends RegistryAccess {
  /** The image, as the user wrote it. */
  name: string;
  /** Where it goes; null: to the registry that its name says. */
  destination: string | null;
  conversion: Conversion;
  signing: Signing;
  onProgress(event: PullProgress): void;
}

/** Sends an image to a registry, a file or a directory; resolves with its manifest's digest. */
export async function push(engine: Engine, request: PushRequest): Promise<string> {
  const { findList } = await import('../../image/lists.ts');
  const list = findList(engine.store, request.name);
  if (list !== null) return pushStoredList(engine, { ...request, list, all: true });
  const image = resolveImage(engine.store, request.name);
  const byId = image.id.startsWith(request.name.replace(/^sha256:/, ''));
  const own = byId ? image.names[0] : nameMeant(image.names, request.name);
  if (byId && own === undefined && request.destination === null) {
    throw new BryoError('usage', `${request.name} has no name: a destination is needed`);
  }
  const destination = request.destination ?? own ?? request.name;
  const target = parseTransport(destination);
  if (target !== null && target.transport !== 'docker') {
    const { signBy, sigstoreKey } = request.signing;
    if (signBy !== null || sigstoreKey !== null) {
      throw new BryoError('usage', `images of ${target.transport}: are not signed`);
    }
    const { pushToPath } = await import('./push-archive.ts');
    const pushed = await pushToPath(engine, image, target, request.conversion);
    recordImageEvent(engine, 'push', image.id, destination);
    return pushed;
  }
  const { pushImage } = await import('../../image/push.ts');
  const where = await pushPlace(target?.name ?? destination);
  const digest = await pushImage({
    ...request,
    ...where,
    ...parallelCopies(engine),
    store: engine.store,
    image,
  });
  recordImageEvent(engine, 'push', image.id, destination);
  return digest;
}

/** A name, and where that is by registries.conf. */
export async function pushPlace(name: string) {
  const reference = parseReference(name);
  const { loadRegistriesConf } = await import('../../registry/registries-conf.ts');
  const { imageSources } = await import('../../image/sources.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const { domain, path } = reference;
  const [place = { domain, path, insecure: false }] = imageSources(conf, reference, 'push');
  return { reference, place };
}

export interface PushListRequest extends PushRequest {
  list: StoredList;
  /** Also what it lists. */
  all: boolean;
}

/** Sends a list of manifests to a registry, a directory or an archive; resolves with its digest. */
export async function pushStoredList(engine: Engine, request: PushListRequest): Promise<string> {
  const { list, conversion, signing } = request;
  const { store } = engine;
  const { format } = conversion;
  if (conversion.compression !== null) {
    throw new BryoError('usage', 'the images of a list are sent as they are');
  }
  const { checkPresent, listBytes, pushList } = await import('../../image/push-list.ts');
  const target = parseTransport(request.destination ?? list.name);
  if (target !== null && target.transport !== 'docker') {
    if (signing.signBy !== null || signing.sigstoreKey !== null) {
      throw new BryoError('usage', `lists of ${target.transport}: are not signed`);
    }
    const { pushListToPath } = await import('./push-archive.ts');
    const { outgoingList } = await import('../../image/save-list.ts');
    if (request.all) checkPresent({ store, list });
    const { bytes, mediaType } = listBytes({ store, list, format });
    const digest = digestBytes(bytes);
    const head = { bytes, mediaType, digest, all: request.all };
    await pushListToPath(engine, outgoingList(store, list, head), target);
    return digest;
  }
  const where = await pushPlace(target?.name ?? request.destination ?? list.name);
  return pushList({
    ...request,
    ...where,
    ...parallelCopies(engine),
    store,
    format,
  });
}
