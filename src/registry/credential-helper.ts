import { type ChildProcess, spawn } from 'node:child_process';
import { BryoError } from '../base/errors.ts';
import type { Credentials } from './credentials.ts';

const outputLimit = 64 * 1024;
const timeLimit = 30_000;

interface HelperAnswer {
  exitCode: number | null;
  output: string;
}

function runHelper(program: string, verb: string, input: string): Promise<HelperAnswer> {
  return new Promise((resolve, reject) => {
    const child: ChildProcess = spawn(program, [verb], {
      stdio: ['pipe', 'pipe', 'ignore'],
      timeout: timeLimit,
    });
    let output = '';
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
      if (output.length > outputLimit) child.kill('SIGKILL');
    });
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, output }));
    // A helper that does not read its input is free to do so.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(`${input}\n`);
  });
}

async function callHelper(name: string, verb: string, input: string) {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(name)) {
    throw new BryoError('bad-auth-file', `invalid credential helper name ${JSON.stringify(name)}`);
  }
  const program = `docker-credential-${name}`;
  try {
    return { program, answer: await runHelper(program, verb, input) };
  } catch (cause) {
    throw new BryoError('bad-auth-file', `cannot run the credential helper ${program}`, { cause });
  }
}

/** Has a helper keep a login. Errors: `bad-auth-file`. */
export async function storeInHelper(
  name: string,
  server: string,
  login: { username: string; password: string },
): Promise<void> {
  const input = { ServerURL: server, Username: login.username, Secret: login.password };
  const { answer, program } = await callHelper(name, 'store', JSON.stringify(input));
  if (answer.exitCode !== 0) {
    throw new BryoError('bad-auth-file', `the credential helper ${program} cannot keep the login`);
  }
}

/** Has a helper forget a login; false: it had none. */
export async function eraseFromHelper(name: string, server: string): Promise<boolean> {
  const { answer } = await callHelper(name, 'erase', server);
  return answer.exitCode === 0;
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
  const { answer, program } = await callHelper(name, 'get', server);
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
