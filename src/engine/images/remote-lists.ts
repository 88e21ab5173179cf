import { homedir } from 'node:os';
import { BryoError } from '../../base/errors.ts';
import { entryOf, fetchEntries } from '../../image/fetch-list.ts';
import { digestBytes, verifyBytes } from '../../image/hash.ts';
import {
  arrayAt,
  documentLimit,
  type JsonObject,
  malformed,
  objectAt,
  parseObject,
} from '../../image/json-shape.ts';
import type { Incoming, ListEntry } from '../../image/lists.ts';
import { readDescriptor } from '../../image/manifest.ts';
import { isIndexType } from '../../image/media-types.ts';
import { hostPlatform } from '../../image/platform.ts';
import { openGate } from '../../image/policy/gate.ts';
import { registrySignatures } from '../../image/policy/registry-signatures.ts';
import { dockerScopes } from '../../image/policy/scopes.ts';
import type { PullProgress } from '../../image/progress.ts';
import { formatReference, parseReference } from '../../image/reference.ts';
import { expandShortName, imageSources } from '../../image/sources.ts';
import { readDocument } from '../../image/stored-documents.ts';
import { clientOptions, type RegistryAccess } from '../../registry/access.ts';
import { createRegistryClient, type RegistryClient } from '../../registry/client.ts';
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

/** A document of a registry, and the client to ask for what it names. */
interface Remote {
  bytes: Uint8Array;
  mediaType: string;
  client: RegistryClient;
}

/** Asks a registry for what it has under a name. */
async function withRemote<T>(
  name: string,
  access: RegistryAccess,
  use: (remote: Remote) => Promise<T>,
): Promise<T> {
  const conf = loadRegistriesConf({ env: process.env, home: homedir() });
  const [reference = parseReference(name)] = expandShortName(conf, parseReference(name));
  const [own] = imageSources(conf, reference, 'push');
  const { domain, path } = reference;
  const client = createRegistryClient(
    clientOptions(own ?? { domain, path, insecure: false }, access),
  );
  try {
    const wanted = reference.digest ?? reference.tag ?? 'latest';
    return await use({ ...(await client.getManifest(wanted)), client });
  } catch (error) {
    throw error instanceof BryoError ? unread(reference, error) : error;
  } finally {
    client.close();
  }
}

/** The list or manifest that a registry has under a name, as it is. */
export function remoteList(name: string, access: RegistryAccess): Promise<JsonObject> {
  return withRemote(name, access, async ({ bytes, mediaType }) => {
    return readDocument(bytes, mediaType).content;
  });
}

/** The short form of a registry's list or manifest. */
export interface RemoteDescription {
  descriptor: { mediaType: string; digest: string; size: number };
  /** Of the images of a list, or of the one image. */
  platforms: JsonObject[];
}

/** The platform that the configuration of an image names. */
async function platformOf(client: RegistryClient, manifest: JsonObject): Promise<JsonObject> {
  const what = 'the configuration of an image';
  const { digest, size } = readDescriptor(manifest['config'], 'manifest.config');
  if (size > documentLimit) throw malformed(what, 'is larger than 4 MiB');
  const parts: Uint8Array[] = [];
  for await (const part of client.getBlob(digest, size)) parts.push(part);
  const bytes = Buffer.concat(parts);
  verifyBytes(bytes, digest, what);
  const names = ['architecture', 'os', 'os.version', 'variant'];
  const config = Object.entries(parseObject(bytes, what));
  return Object.fromEntries(config.filter(([name]) => names.includes(name)));
}

/** Describes what a registry has under a name, and for which platforms. Throws BryoError `manifest-unknown`, … */
export function remoteDescription(
  name: string,
  access: RegistryAccess,
): Promise<RemoteDescription> {
  return withRemote(name, access, async ({ bytes, mediaType: told, client }) => {
    const { mediaType, content } = readDocument(bytes, told);
    const descriptor = { mediaType, digest: digestBytes(bytes), size: bytes.length };
    if (!isIndexType(mediaType)) {
      return { descriptor, platforms: [await platformOf(client, content)] };
    }
    const platforms = arrayAt(content['manifests'], 'manifests').flatMap((entry) => {
      const platform = objectAt(entry, 'manifests')['platform'];
      return platform === undefined ? [] : [objectAt(platform, 'platform')];
    });
    return { descriptor, platforms };
  });
}
