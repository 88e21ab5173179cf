import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { entryOf, fetchEntries } from '../../image/fetch-list.ts';
import type { JsonObject } from '../../image/json-shape.ts';
import type { Incoming, ListEntry } from '../../image/lists.ts';
import { hostPlatform } from '../../image/platform.ts';
import { openGate } from '../../image/policy/gate.ts';
import { registrySignatures } from '../../image/policy/registry-signatures.ts';
import { dockerScopes } from '../../image/policy/scopes.ts';
import type { PullProgress } from '../../image/progress.ts';
import { formatReference, parseReference } from '../../image/reference.ts';
import { expandShortName, imageSources } from '../../image/sources.ts';
import { readDocument } from '../../image/stored-documents.ts';
import { clientOptions, type RegistryAccess } from '../../registry/access.ts';
import { createRegistryClient } from '../../registry/client.ts';
import { loadRegistriesConf } from '../../registry/registries-conf.ts';
import type { Engine } from '../engine.ts';

/** The images to be put into a list. */
export interface EntriesRequest extends RegistryAccess {
  /** If the image is a list itself: all that is in it. */
  all: boolean;
  signaturePolicy: string | null;
  onProgress(event: PullProgress): void;
}

/** Entries with the documents that they stand for. */
export interface FoundEntries {
  entries: ListEntry[];
  incoming: Incoming;
  release(): Promise<void>;
}

/** Entries for what a registry has under a name. Throws BryoError `no-such-image`, … */
export async function remoteEntries(
  engine: Engine,
  name: string,
  request: EntriesRequest,
): Promise<FoundEntries> {
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [reference] = expandShortName(conf, parseReference(name));
  if (reference === undefined) throw new BryoError('no-such-image', `${name}: image not known`);
  // The registry's own place only: what is put into a list is meant to be the original.
  const [place] = imageSources(conf, reference, 'push');
  const own = place ?? { domain: reference.domain, path: reference.path, insecure: false };
  const options = clientOptions(own, request);
  const client = createRegistryClient(options);
  const gate = openGate(engine.store, request.signaturePolicy);
  try {
    return await fetchEntries({
      store: engine.store,
      client,
      reference,
      all: request.all,
      platform: hostPlatform(process.arch),
      admit: (manifest) => {
        const digest = entryOf(manifest, readDocument(manifest), null).digest;
        return gate.admit({
          transport: 'docker',
          scopes: dockerScopes(reference),
          identity: reference,
          shown: formatReference(reference),
          manifest,
          signatures: registrySignatures({
            place: { ...reference, domain: own.domain, path: own.path },
            digest,
            client,
            options,
          }),
        });
      },
      onProgress: request.onProgress,
    });
  } finally {
    client.close();
  }
}

/** The error of a registry, with what was read there in podman's words. */
function unread(reference: Parameters<typeof formatReference>[0], error: BryoError): BryoError {
  const { code, message, hint, exitCode } = error;
  const text = `reading image "docker://${formatReference(reference)}": ${message}`;
  return new BryoError(code, text, { cause: error, exitCode, ...(hint !== undefined && { hint }) });
}

/** The list or manifest that a registry has under a name, as it is. */
export async function remoteList(name: string, access: RegistryAccess): Promise<JsonObject> {
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [reference = parseReference(name)] = expandShortName(conf, parseReference(name));
  const [own] = imageSources(conf, reference, 'push');
  const { domain, path } = reference;
  const client = createRegistryClient(
    clientOptions(own ?? { domain, path, insecure: false }, access),
  );
  try {
    const { bytes, mediaType } = await client.getManifest(
      reference.digest ?? reference.tag ?? 'latest',
    );
    return readDocument(bytes, mediaType).content;
  } catch (error) {
    throw error instanceof BryoError ? unread(reference, error) : error;
  } finally {
    client.close();
  }
}
