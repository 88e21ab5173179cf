/** dig(1) among the bridges of a world. */
import type { NamesWorld } from './names-world.ts';

export interface Asked {
  status: string;
  /** Of the header: qr rd ra tc ... */
  flags: string[];
  /** TYPE DATA of each record in the answer. */
  answers: string[];
  text: string;
}

export function digWords(name: string, type = 'A', options: readonly string[] = []): string[] {
  const from = options.some((word) => word.startsWith('@')) ? [] : ['@10.89.0.1'];
  const bound = options.includes('-b') ? [] : ['-b', '10.89.0.2'];
  const patience = ['+tries=1', '+time=8', '+noall', '+comments', '+answer'];
  return ['dig', ...from, ...bound, ...patience, ...options, '-q', name, '-t', type];
}

export function readDig(text: string): Asked {
  return {
    status: /status: (\w+)/.exec(text)?.[1] ?? '',
    flags: (/flags: ([a-z ]*);/.exec(text)?.[1] ?? '').split(' '),
    answers: text
      .split('\n')
      .filter((line) => /^[^;\s]/.test(line))
      .map((line) => line.split(/\s+/).slice(3).join(' ')),
    text,
  };
}

export function ask(world: NamesWorld, name: string, type?: string, ...options: string[]): Asked {
  return readDig(world.run(...digWords(name, type, options)));
}

/** As `ask`; meanwhile other programs' output is read. */
export async function asking(
  world: NamesWorld,
  name: string,
  type?: string,
  ...options: string[]
): Promise<Asked> {
  return readDig(await world.runBeside(...digWords(name, type, options)));
}
