import { homedir } from 'node:os';
import { BryoError } from '../base/errors.ts';
import type { Conversion } from '../image/convert.ts';
import type { PullProgress } from '../image/ingest.ts';
import type { Signing } from '../image/policy/sign.ts';
import { parseReference } from '../image/reference.ts';
import { candidateNames, resolveImage } from '../image/resolve.ts';
import { parseTransport } from '../image/transport.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { Engine } from './engine.ts';
import { recordImageEvent } from './events.ts';

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
  const image = resolveImage(engine.store, request.name);
  const byId = image.id.startsWith(request.name.replace(/^sha256:/, ''));
  const own = byId
    ? image.names[0]
    : candidateNames(request.name).find((name) => image.names.includes(name));
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
    return pushToPath(engine, image, target, request.conversion);
  }
  const reference = parseReference(target?.name ?? destination);
  const { pushImage } = await import('../image/push.ts');
  const { loadRegistriesConf } = await import('../registry/registries-conf.ts');
  const { imageSources } = await import('../image/sources.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [place] = imageSources(conf, reference, 'push');
  const digest = await pushImage({
    ...request,
    store: engine.store,
    image,
    reference,
    place: place ?? { domain: reference.domain, path: reference.path, insecure: false },
  });
  recordImageEvent(engine, 'push', image.id, request.name);
  return digest;
}
