import { type ChildProcess, spawn } from 'node:child_process';
import { createPrivateKey, type KeyObject, sign } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { BryoError, errnoCode } from '../../base/errors.ts';
import { findProgram } from '../../native/programs.ts';
import { writeLookaside } from '../../registry/lookaside.ts';
import { findSignatureStorage, type SignatureStorage } from '../../registry/registries-d.ts';
import type { Digest } from '../digest.ts';
import { formatReference, type Reference } from '../reference.ts';
import { payloadTypes, writePayload } from './payload.ts';
import { dockerScopes } from './scopes.ts';

/** With which keys an image is signed; null: not at all. */
export interface Signing {
  /** A key of gpg's: fingerprint or user id. */
  signBy: string | null;
  /** A file with an ECDSA P-256 key (PEM). */
  sigstoreKey: string | null;
  /** Holds the passphrase of the key. */
  passphraseFile: string | null;
}

export const noSigning: Signing = { signBy: null, sigstoreKey: null, passphraseFile: null };

const outputLimit = 1024 * 1024;

function runGpg(program: string, args: readonly string[], input: Uint8Array): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const parts: Buffer[] = [];
    let size = 0;
    let words = '';
    child.stdout?.on('data', (part: Buffer) => {
      size += part.length;
      if (size > outputLimit) child.kill('SIGKILL');
      else parts.push(part);
    });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      words += text.slice(0, 4096);
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) return resolve(Buffer.concat(parts));
      const [line = 'no reason given'] = words.trim().split('\n').slice(-1);
      return reject(new BryoError('cannot-sign', `gpg cannot sign: ${line}`));
    });
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(input);
  });
}

/** Signs a payload with gpg(1), which keeps the secret keys. Errors: `cannot-sign`. */
async function signWithGpg(payload: Uint8Array, { signBy, passphraseFile }: Signing) {
  const program = findProgram('gpg');
  if (program === null) {
    throw new BryoError('cannot-sign', 'gpg is needed to sign, and not there', {
      hint: 'install gpg and gpg-agent',
    });
  }
  const secret =
    passphraseFile === null
      ? []
      : ['--pinentry-mode', 'loopback', '--passphrase-file', passphraseFile];
  const key = ['--local-user', signBy ?? ''];
  return runGpg(program, ['--batch', ...secret, ...key, '--sign', '--output', '-'], payload);
}

function storageOf(reference: Reference): SignatureStorage {
  return findSignatureStorage(dockerScopes(reference), { env: process.env, home: homedir() });
}

export interface SimpleSignature {
  digest: Digest;
  /** The name that is signed. */
  reference: Reference;
  /** Where the image really is. */
  place: Reference;
  signing: Signing;
  /** Instead of the storage of registries.d. */
  directory: string | null;
}

function claimedName(reference: Reference): string {
  if (reference.digest === null) return formatReference(reference);
  throw new BryoError('cannot-sign', 'a signature is for a name with a tag, not for a digest');
}

/** Signs an image and puts the signature where registries.d says; gives its path. */
export async function addSimpleSignature(request: SimpleSignature): Promise<string> {
  const { digest, reference, place, directory } = request;
  const name = claimedName(reference);
  const base = directory === null ? storageOf(place).staging : `file://${directory}`;
  if (base === null) {
    throw new BryoError('no-signature-storage', `registries.d names no storage for ${name}`);
  }
  const claim = { digest, reference: name };
  const payload = writePayload(claim, payloadTypes.simple, new Date());
  const signature = await signWithGpg(payload, request.signing);
  return writeLookaside({ base, repository: place.path, digest }, signature);
}

function readKey({ sigstoreKey, passphraseFile }: Signing): KeyObject {
  const path = sigstoreKey ?? '';
  const wrong = (why: string) => new BryoError('cannot-sign', `the key ${path} ${why}`);
  const read = (file: string): Buffer => {
    try {
      return readFileSync(file);
    } catch (cause) {
      throw new BryoError('cannot-sign', `cannot read ${file}: ${errnoCode(cause)}`, { cause });
    }
  };
  const text = read(path).toString('latin1');
  if (/ENCRYPTED (COSIGN|SIGSTORE) PRIVATE KEY/.test(text)) {
    throw wrong('is encrypted in the way of cosign, which is not supported: export it as PKCS #8');
  }
  const passphrase =
    passphraseFile === null ? undefined : read(passphraseFile).toString().split('\n')[0];
  let key: KeyObject;
  try {
    key = createPrivateKey({ key: text, ...(passphrase !== undefined && { passphrase }) });
  } catch {
    throw wrong('is no private key in PEM form, or the passphrase is wrong');
  }
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw wrong('is not ECDSA P-256');
  return key;
}

/** A signature as cosign makes them, to be attached to an image. Errors: `cannot-sign`. */
export function makeSigstoreSignature(
  digest: Digest,
  reference: Reference,
  place: Reference,
  signing: Signing,
): { payload: Uint8Array; signature: string } {
  const name = claimedName(reference);
  if (!storageOf(place).attachments) {
    throw new BryoError('cannot-sign', `registries.d allows no sigstore attachments for ${name}`, {
      hint: 'set use-sigstore-attachments: true for it',
    });
  }
  const payload = writePayload({ digest, reference: name }, payloadTypes.cosign, new Date());
  return { payload, signature: sign('sha256', payload, readKey(signing)).toString('base64') };
}
