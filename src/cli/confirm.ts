import { createInterface } from 'node:readline/promises';
import type { CliContext } from './context.ts';

/** A warning with what will go, a line each. */
export function removalWarning(opening: string, kinds: readonly string[]): string {
  return [`WARNING! ${opening}:`, ...kinds.map((kind) => `\t- ${kind}`)].join('\n');
}

/** Asks whether to go on; anything but y and yes means no (podman's prompt). */
export async function confirm(context: CliContext, warning: string): Promise<boolean> {
  const { stdin } = context;
  const lines = createInterface({ input: stdin, output: process.stdout });
  try {
    const answer = await new Promise<string>((resolve) => {
      lines.once('close', () => resolve(''));
      lines.question(`${warning}\nAre you sure you want to continue? [y/N] `).then(resolve, () => {
        resolve('');
      });
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}
