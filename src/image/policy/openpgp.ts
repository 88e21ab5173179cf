import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { findProgram } from '../../native/programs.ts';

/** A signed document comes compressed: what it unfolds to is limited, too. Bytes. */
const payloadLimit = 1024 * 1024;
const statusLimit = 64 * 1024;

/** Statuses of gpgv (doc/DETAILS) that make a signature worthless, whatever else it says. */
const fatal = /^(BADSIG|ERRSIG|EXPSIG|EXPKEYSIG|REVKEYSIG|NODATA|UNEXPECTED|FAILURE|ERROR)\b/;

/** The keys of a keyring file, which may be text ("armored") of several blocks. */
export function binaryKeys(file: Uint8Array): Uint8Array {
  const text = Buffer.from(file).toString('latin1');
  if (!text.includes('-----BEGIN PGP')) return file;
  const blocks = text.matchAll(
    /-----BEGIN PGP PUBLIC KEY BLOCK-----\r?\n(.*?)-----END PGP PUBLIC KEY BLOCK-----/gs,
  );
  const keys = [...blocks].map(([, body = '']) => {
    const lines = body.split(/\r?\n/);
    // Headers end with an empty line; the checksum begins with "=".
    const start = lines.findIndex((line) => line.trim() === '') + 1;
    const data = lines.slice(start).filter((line) => !line.startsWith('='));
    return Buffer.from(data.join(''), 'base64');
  });
  return Buffer.concat(keys);
}

interface Answer {
  payload: Buffer | null;
  statuses: string[];
}

function runGpgv(program: string, args: readonly string[]): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C' },
    });
    const [payload, status] = [child.stdout, child.stderr];
    const parts: Buffer[] = [];
    let size = 0;
    let text = '';
    payload?.on('data', (part: Buffer) => {
      size += part.length;
      if (size > payloadLimit) child.kill('SIGKILL');
      else parts.push(part);
    });
    status?.on('data', (part: Buffer) => {
      text += part.toString('latin1');
      if (text.length > statusLimit) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const lines = text.split('\n').flatMap((line) => {
        const word = /^\[GNUPG:\] (.*)$/.exec(line)?.[1];
        return word === undefined ? [] : [word];
      });
      resolve({ payload: code === 0 ? Buffer.concat(parts) : null, statuses: lines });
    });
  });
}

/**
 * The content of an OpenPGP signed message that one of the keys has signed, or null: it is anything
 * else. Done by gpgv(1) with no other keys than these. `scratch` is a free path for its files.
 * Errors: `no-gpgv`.
 */
export async function openSigned(
  message: Uint8Array,
  keyrings: readonly Uint8Array[],
  scratch: string,
): Promise<Uint8Array | null> {
  const program = findProgram('gpgv');
  if (program === null) {
    throw new BryoError('no-gpgv', 'the policy asks for signatures, and gpgv is not there', {
      hint: 'install gpgv',
    });
  }
  mkdirSync(scratch, { mode: 0o700 });
  try {
    const [keyring, signature] = [join(scratch, 'keys.gpg'), join(scratch, 'signature')];
    writeFileSync(keyring, Buffer.concat(keyrings.map(binaryKeys)), { mode: 0o600 });
    writeFileSync(signature, message, { mode: 0o600 });
    const files = ['--homedir', scratch, '--keyring', keyring];
    // Statuses alone come to standard error: Bun may tell the end before it has read a fourth pipe.
    const output = ['--log-file', '/dev/null', '--status-fd', '2', '--output', '-'];
    const { payload, statuses } = await runGpgv(program, [...files, ...output, '--', signature]);
    const good = statuses.filter((line) => line.startsWith('GOODSIG '));
    const valid = statuses.filter((line) => line.startsWith('VALIDSIG '));
    const whole = good.length === 1 && valid.length === 1 && !statuses.some((s) => fatal.test(s));
    return whole ? payload : null;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
