import type { Result, Sandbox } from '../support/bryo.ts';

/** Runs bryo while other commands run; resolves with what became of it. */
export function ended(sandbox: Sandbox, args: readonly string[]): Promise<Result> {
  const child = sandbox.start(args);
  const result = { stdout: '', stderr: '' };
  child.stdin?.end();
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      result[name] += text;
    });
  }
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ code: code ?? -1, ...result })),
  );
}

/** A line that names a command and what it did instead of what it should have done. */
export function complaint(args: readonly string[], { code, stdout, stderr }: Result): string {
  return `${args.join(' ')}: status ${code}: ${stdout.slice(0, 200)}${stderr}`;
}
