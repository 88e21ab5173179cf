import { spawn } from 'node:child_process';
import { BryoError } from '../base/errors.ts';
import type { Credentials } from './auth-file.ts';

const outputLimit = 64 * 1024;
const timeLimit = 30_000;

interface HelperAnswer {
  exitCode: number | null;
  output: string;
}

function runHelper(program: string, server: string): Promise<HelperAnswer> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ['get'], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeLimit,
    });
    let output = '';
    child.stdout.setEncoding('utf8');
    child.stdout.on('data', (text: string) => {
      output += text;
      if (output.length > outputLimit) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
    // A helper that does not read its input is free to do so.
    child.stdin.on('error', () => undefined);
    child.stdin.end(`${server}\n`);
  });
}

/**
 * Asks `docker-credential-NAME get` for a server's credentials; null when it has none. The
 * protocol is that of docker-credential-helpers. Errors: `bad-auth-file` when the helper cannot
 * be run or answers nonsense.
 */
export async function askCredentialHelper(
  name: string,
  server: string,
): Promise<Credentials | null> {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new BryoError('bad-auth-file', `invalid credential helper name ${JSON.stringify(name)}`);
  }
  const program = `docker-credential-${name}`;
  let answer: HelperAnswer;
  try {
    answer = await runHelper(program, server);
  } catch (cause) {
    throw new BryoError('bad-auth-file', `cannot run the credential helper ${program}`, { cause });
  }
  // Helpers say "credentials not found" by failing, and there is no other way to tell.
  if (answer.exitCode !== 0) return null;
  try {
    const { Username: username, Secret: secret } = JSON.parse(answer.output);
    if (typeof username === 'string' && typeof secret === 'string') {
      return username === '<token>'
        ? { kind: 'identity-token', token: secret }
        : { kind: 'basic', username, password: secret };
    }
  } catch {
    // Reported below: the answer itself may hold a secret and must not be printed.
  }
  throw new BryoError('bad-auth-file', `the credential helper ${program} gave no valid answer`);
}
