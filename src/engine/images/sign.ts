import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { parseDigest } from '../../image/digest.ts';
import { addSimpleSignature } from '../../image/policy/sign.ts';
import { parseReference } from '../../image/reference.ts';
import { nameMeant, resolveImage } from '../../image/resolve.ts';
import { imageSources } from '../../image/sources.ts';
import { loadRegistriesConf } from '../../registry/registries-conf.ts';
import type { Engine } from '../engine.ts';

export interface SignRequest {
  /** An image of the store that came from a registry, or was sent there. */
  name: string;
  /** A key of gpg's. */
  signBy: string;
  passphraseFile: string | null;
  /** Instead of the storage of registries.d. */
  directory: string | null;
}

/** Signs the manifest of an image for one of its names; gives the path of the signature. */
export async function signImage(engine: Engine, request: SignRequest): Promise<string> {
  const image = resolveImage(engine.store, request.name);
  const byId = image.id.startsWith(request.name.replace(/^sha256:/, ''));
  const name = byId ? undefined : nameMeant(image.names, request.name);
  if (name === undefined) {
    throw new BryoError('cannot-sign', `${request.name}: a signature is for a name`, {
      hint: `say which: ${image.names.join(', ') || 'the image has none'}`,
    });
  }
  const reference = parseReference(name);
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [place] = imageSources(conf, reference, 'push');
  return addSimpleSignature({
    digest: parseDigest(image.manifestDigest),
    reference,
    place: { ...reference, ...(place && { domain: place.domain, path: place.path }) },
    signing: {
      signBy: request.signBy,
      sigstoreKey: null,
      passphraseFile: request.passphraseFile,
    },
    directory: request.directory === null ? null : resolve(request.directory),
  });
}
