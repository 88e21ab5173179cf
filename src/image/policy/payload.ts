import { makeHash } from '../../base/hash.ts';
import { parseStrictJson } from '../../base/strict-json.ts';
import { type Digest, digestAlgorithm, isDigest } from '../digest.ts';

/** The claim of a signature: container-signature(5); cosign's has another type. */
export interface SignedClaim {
  digest: Digest;
  reference: string;
}

export const payloadTypes = {
  simple: 'atomic container signature',
  cosign: 'cosign container image signature',
} as const;

function members(value: unknown, expected: readonly string[]): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const keys = Object.keys(value);
  const exact = keys.length === expected.length && expected.every((key) => keys.includes(key));
  return exact ? (value as Record<string, unknown>) : null;
}

/**
 * Reads a payload whose signature has been verified; null: it says anything but the one thing that
 * is expected of it.
 */
export function parsePayload(bytes: Uint8Array, type: string): SignedClaim | null {
  let document: unknown;
  try {
    document = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return null;
  }
  const whole = members(document, ['critical', 'optional']);
  const critical = members(whole?.['critical'], ['type', 'image', 'identity']);
  const image = members(critical?.['image'], ['docker-manifest-digest']);
  const identity = members(critical?.['identity'], ['docker-reference']);
  const digest = image?.['docker-manifest-digest'];
  const reference = identity?.['docker-reference'];
  const optional = whole?.['optional'];
  const plainOptional = typeof optional === 'object' && !Array.isArray(optional);
  if (critical?.['type'] !== type || !plainOptional) return null;
  return isDigest(digest) && typeof reference === 'string' ? { digest, reference } : null;
}

/** Whether a manifest is the one that a digest names. */
export function isDigestOf(digest: Digest, manifest: Uint8Array): boolean {
  const algorithm = digestAlgorithm(digest);
  return digest === `${algorithm}:${makeHash(algorithm).update(manifest).digest('hex')}`;
}

/** The document that a signature covers. */
export function writePayload(claim: SignedClaim, type: string, now: Date): Buffer {
  return Buffer.from(
    JSON.stringify({
      critical: {
        identity: { 'docker-reference': claim.reference },
        image: { 'docker-manifest-digest': claim.digest },
        type,
      },
      optional: { creator: 'bryo', timestamp: Math.floor(now.getTime() / 1000) },
    }),
  );
}
