import { homedir } from 'node:os';
import type { Conversion } from '../image/convert.ts';
import type { PullProgress } from '../image/ingest.ts';
import { parseReference } from '../image/reference.ts';
import { candidateNames, resolveImage } from '../image/resolve.ts';
import type { RegistryAccess } from '../registry/access.ts';
import type { Engine } from './engine.ts';

export interface PushRequest extends RegistryAccess {
  /** The image, as the user wrote it. */
  name: string;
  /** Where it goes; null: to the registry that its name says. */
  destination: string | null;
  conversion: Conversion;
  onProgress(event: PullProgress): void;
}

/** Sends an image to a registry; resolves with the digest of its manifest. */
export async function push(engine: Engine, request: PushRequest): Promise<string> {
  const image = resolveImage(engine.store, request.name);
  const own = candidateNames(request.name).find((name) => image.names.includes(name));
  const reference = parseReference(request.destination ?? own ?? request.name);
  const { pushImage } = await import('../image/push.ts');
  const { loadRegistriesConf } = await import('../registry/registries-conf.ts');
  const { imageSources } = await import('../image/sources.ts');
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [place] = imageSources(conf, reference, 'push');
  return pushImage({
    ...request,
    store: engine.store,
    image,
    reference,
    place: place ?? { domain: reference.domain, path: reference.path, insecure: false },
  });
}
