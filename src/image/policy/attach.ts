import { BryoError } from '../../base/errors.ts';
import { createRegistryClient } from '../../registry/client.ts';
import type { ClientOptions } from '../../registry/session.ts';
import type { RegistryWriter } from '../../registry/upload.ts';
import type { Digest } from '../digest.ts';
import { digestBytes } from '../hash.ts';
import { arrayAt, parseObject } from '../json-shape.ts';
import { readDescriptor } from '../manifest.ts';
import { mediaTypes } from '../media-types.ts';
import { attachmentTag, cosignTypes } from './registry-signatures.ts';

async function putSmall(writer: RegistryWriter, bytes: Uint8Array): Promise<Digest> {
  const digest = digestBytes(bytes);
  if (!(await writer.hasBlob(digest))) {
    await writer.putBlob({
      digest,
      size: bytes.length,
      async *read(offset) {
        yield bytes.subarray(offset);
      },
    });
  }
  return digest;
}

/** The signatures that are attached already, as they are. */
async function presentLayers(options: ClientOptions, tag: string): Promise<unknown[]> {
  const client = createRegistryClient(options);
  try {
    const { bytes } = await client.getManifest(tag);
    return [...arrayAt(parseObject(bytes, 'the signatures')['layers'] ?? [], 'layers')];
  } catch (error) {
    if (error instanceof BryoError && error.code === 'manifest-unknown') return [];
    throw error;
  } finally {
    client.close();
  }
}

/** Attaches a signature to a manifest of the repository, beside those that are there (cosign). */
export async function attachSignature(
  options: ClientOptions,
  writer: RegistryWriter,
  digest: Digest,
  { payload, signature }: { payload: Uint8Array; signature: string },
): Promise<void> {
  const tag = attachmentTag(digest);
  const layers = [
    ...(await presentLayers(options, tag)),
    {
      mediaType: cosignTypes.payload,
      digest: await putSmall(writer, payload),
      size: payload.length,
      annotations: { [cosignTypes.annotation]: signature },
    },
  ];
  const config = Buffer.from(
    JSON.stringify({
      architecture: '',
      os: '',
      config: {},
      rootfs: {
        type: 'layers',
        diff_ids: layers.map((layer) => readDescriptor(layer, 'layers').digest),
      },
    }),
  );
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: mediaTypes.ociManifest,
      config: {
        mediaType: mediaTypes.ociConfig,
        digest: await putSmall(writer, config),
        size: config.length,
      },
      layers,
    }),
  );
  await writer.putManifest(tag, mediaTypes.ociManifest, manifest);
}
