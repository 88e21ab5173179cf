import type { Digest } from './digest.ts';
import { digestBytes } from './hash.ts';
import type { JsonObject } from './json-shape.ts';
import { mediaTypes } from './media-types.ts';

/** A file that is to be part of an artifact. */
export interface ArtifactFile {
  /** The file's name, for people. */
  title: string;
  digest: Digest;
  size: number;
  mediaType: string;
}

/** The parts of an artifact (OCI image specification, manifest.md, "Guidelines for Artifact Usage"). */
export interface ArtifactRequest {
  /** Empty: none is named. */
  type: string;
  files: readonly ArtifactFile[];
  /** Null: there is none, or it is empty. */
  config: { bytes: Uint8Array } | null;
  /** Null: what the configuration's kind usually has. */
  configType: string | null;
  titles: boolean;
  annotations: Readonly<Record<string, string>>;
  /** The image or artifact that this one belongs to; null: none. */
  subject: { mediaType: string; digest: Digest; size: number } | null;
}

export const unknownArtifact = 'application/vnd.unknown.artifact.v1';
const emptyType = 'application/vnd.oci.empty.v1+json';
const empty = Buffer.from('{}');

/** The manifest of an artifact, and the bytes of its configuration. */
export function makeArtifact(request: ArtifactRequest): {
  manifest: Uint8Array;
  config: Uint8Array;
} {
  const { type, annotations, subject } = request;
  const config = request.config?.bytes ?? empty;
  const usual = request.config === null ? emptyType : mediaTypes.ociConfig;
  const layers = request.files.map(
    ({ title, digest, size, mediaType }): JsonObject => ({
      mediaType,
      digest,
      size,
      ...(request.titles && { annotations: { 'org.opencontainers.image.title': title } }),
    }),
  );
  const document = {
    schemaVersion: 2,
    mediaType: mediaTypes.ociManifest,
    ...(type !== '' && { artifactType: type }),
    config: {
      mediaType: request.configType ?? usual,
      digest: digestBytes(config),
      size: config.length,
    },
    layers,
    ...(subject !== null && { subject }),
    ...(Object.keys(annotations).length > 0 && { annotations }),
  };
  return { manifest: Buffer.from(JSON.stringify(document)), config };
}

/** Beginnings of files whose type they tell (mimesniff.spec.whatwg.org, as far as files of artifacts have them). */
const signatures: readonly [bytes: string, type: string][] = [
  ['\x1f\x8b\x08', 'application/x-gzip'],
  ['PK\x03\x04', 'application/zip'],
  ['%PDF-', 'application/pdf'],
  ['\x89PNG\r\n\x1a\n', 'image/png'],
  ['\xff\xd8\xff', 'image/jpeg'],
  ['GIF87a', 'image/gif'],
  ['GIF89a', 'image/gif'],
  ['\0asm', 'application/wasm'],
];

/** The media type of a file by its beginning: as Go's http.DetectContentType, of text without its encoding. */
export function sniffedType(beginning: Uint8Array): string {
  const text = Buffer.from(beginning.subarray(0, 512)).toString('latin1');
  const [, known] = signatures.find(([bytes]) => text.startsWith(bytes)) ?? [];
  if (known !== undefined) return known;
  return /[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]/.test(text) ? 'application/octet-stream' : 'text/plain';
}
