import { createPublicKey, type KeyObject, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { BryoError, errnoCode } from '../../base/errors.ts';
import type { Reference } from '../reference.ts';
import { identityFits } from './identity.ts';
import { openSigned } from './openpgp.ts';
import { isDigestOf, parsePayload, payloadTypes, type SignedClaim } from './payload.ts';
import { findRequirements, type Keys, type Policy, type SignedIdentity } from './policy.ts';

/** A signature of cosign's: the payload and what covers it. */
export interface SigstoreSignature {
  payload: Uint8Array;
  signature: Uint8Array;
}

/** Where the signatures of an image are found; they are only asked for when a policy needs them. */
export interface SignatureSource {
  simple(): AsyncIterable<Uint8Array>;
  sigstore(): AsyncIterable<SigstoreSignature>;
}

/** An image that wants to come in. */
export interface Candidate {
  /** `docker`, `oci`, `dir`, … */
  transport: string;
  /** Most specific first. */
  scopes: readonly string[];
  /** The name it was asked for by; null: its transport gives none. */
  identity: Reference | null;
  /** The name that users know. */
  shown: string;
  manifest: Uint8Array;
  signatures: SignatureSource;
}

export interface CheckOptions {
  policy: Policy;
  /** Gives free paths for files of the moment. */
  scratch(): string;
}

/** An image without any signature. */
export const unsigned: SignatureSource = {
  async *simple() {},
  async *sigstore() {},
};

function readKeys(keys: Keys, policy: Policy): Uint8Array[] {
  if ('data' in keys) return [keys.data];
  return keys.paths.map((path) => {
    try {
      return readFileSync(path);
    } catch (cause) {
      const why = errnoCode(cause) ?? 'unreadable';
      throw new BryoError('bad-policy', `${policy.path}: cannot read the key ${path}: ${why}`, {
        cause,
      });
    }
  });
}

function rejected(candidate: Candidate, { path }: Policy, why: string): BryoError {
  return new BryoError(
    'policy-rejected',
    `Source image rejected: Running image ${candidate.shown} is rejected by policy ${path}: ${why}`,
  );
}

/** Why a verified claim is not about this image; null: it is. */
function whyUnfit(
  claim: SignedClaim | null,
  candidate: Candidate,
  identity: SignedIdentity,
): string | null {
  if (claim === null) return 'a signature says nothing about an image';
  if (!isDigestOf(claim.digest, candidate.manifest)) return 'a signature is of another image';
  return identityFits(identity, claim.reference, candidate.identity)
    ? null
    : `a signature is for ${JSON.stringify(claim.reference)}`;
}

async function checkSigned(
  candidate: Candidate,
  options: CheckOptions,
  { keys, identity }: { keys: Keys; identity: SignedIdentity },
): Promise<void> {
  const keyrings = readKeys(keys, options.policy);
  let problem = 'it has no signature';
  for await (const message of candidate.signatures.simple()) {
    const payload = await openSigned(message, keyrings, options.scratch());
    const unfit =
      payload === null
        ? 'a signature is not by a key of the policy, or not valid'
        : whyUnfit(parsePayload(payload, payloadTypes.simple), candidate, identity);
    if (unfit === null) return;
    problem = unfit;
  }
  throw rejected(candidate, options.policy, problem);
}

function readSigstoreKey(file: Uint8Array, { path }: Policy): KeyObject {
  const wrong = (why: string) => new BryoError('bad-policy', `${path}: a sigstore key ${why}`);
  let key: KeyObject;
  try {
    key = createPublicKey(Buffer.from(file));
  } catch {
    throw wrong('is not a public key in PEM form');
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw wrong('is not of the kind ECDSA P-256, the only one that is supported');
  }
  return key;
}

async function checkSigstore(
  candidate: Candidate,
  { policy }: CheckOptions,
  { keys, identity }: { keys: Keys; identity: SignedIdentity },
): Promise<void> {
  const known = readKeys(keys, policy).map((file) => readSigstoreKey(file, policy));
  let problem = 'it has no sigstore signature';
  for await (const { payload, signature } of candidate.signatures.sigstore()) {
    const verified = known.some((key) => verify('sha256', payload, key, signature));
    const unfit = verified
      ? whyUnfit(parsePayload(payload, payloadTypes.cosign), candidate, identity)
      : 'a signature is not by a key of the policy';
    if (unfit === null) return;
    problem = unfit;
  }
  throw rejected(candidate, policy, problem);
}

/**
 * Holds an image against the policy before anything of it is fetched or unpacked. Every requirement
 * of the most specific scope has to be met. Errors: `policy-rejected`, `bad-policy`,
 * `unsupported-policy`, those of fetching signatures.
 */
export async function checkPolicy(candidate: Candidate, options: CheckOptions): Promise<void> {
  const { policy } = options;
  for (const wanted of findRequirements(policy, candidate.transport, candidate.scopes)) {
    switch (wanted.type) {
      case 'insecureAcceptAnything':
        break;
      case 'reject':
        throw rejected(candidate, policy, 'it is not allowed to come in');
      case 'signedBy':
        await checkSigned(candidate, options, wanted);
        break;
      case 'sigstoreSigned':
        await checkSigstore(candidate, options, wanted);
        break;
      case 'unsupported':
        throw new BryoError(
          'unsupported-policy',
          `the policy ${policy.path} asks for ${wanted.what}, which cannot be verified here`,
        );
    }
  }
}
