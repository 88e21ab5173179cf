import type { Result, Sandbox } from '../support/bryo.ts';

/** Runs a command while others run; resolves with what became of it, and when. */
export function ended(
  sandbox: Sandbox,
  args: readonly string[],
): Promise<Result & { milliseconds: number }> {
  const start = performance.now();
  const child = sandbox.start(args);
  const result = { stdout: '', stderr: '' };
  child.stdin?.end();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      result[name] += text;
    });
  }
  return new Promise((resolve) =>
    child.on('close', (code) =>
      resolve({
        code: code ?? -1,
        stdout: result.stdout,
        // On a busy machine others have the locks for longer; to say so is right.
        stderr: result.stderr.replace(/^Warning: waiting for .*\n/gm, ''),
        milliseconds: performance.now() - start,
      }),
    ),
  );
}

/** A line that names a command and what it did instead of what it should have done. */
export function complaint(args: readonly string[], { code, stdout, stderr }: Result): string {
  return `${args.join(' ')}: status ${code}: ${stdout.slice(0, 200)}${stderr}`;
}
