import { spawn } from 'node:child_process';
import type { Result } from './bryo.ts';
import { asTestUser } from './user.ts';

/** Runs another program as the test's user, with nothing but these variables of its own. */
export function runProgram(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  input = '',
): Promise<Result> {
  const [program = '', ...rest] = asTestUser([...words], env);
  const child = spawn(program, rest, { stdio: 'pipe', cwd: '/' });
  const result = { code: -1, stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    result.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    result.stderr += text;
  });
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ ...result, code: code ?? -1 }));
  });
}
