import { BryoError } from '../../base/errors.ts';
import type { CliContext } from '../context.ts';

const enter = new Set(['\r', '\n', '\u0004']);
const interrupt = '\u0003';
const backspace = new Set(['\u007f', '\b']);

/** Reads all of standard input, which holds a short text. */
export async function readAllInput(context: CliContext): Promise<string> {
  let text = '';
  for await (const chunk of context.stdin.setEncoding('utf8')) text += String(chunk);
  return text.replace(/\r?\n$/, '');
}

/** Asks questions on the terminal, one after the other. */
export class Questions {
  readonly #context: CliContext;
  /** Keys typed ahead, for the next question. */
  #ahead: string[] = [];

  constructor(context: CliContext) {
    this.#context = context;
  }

  /** With `secret` what is typed is not shown. Throws BryoError `usage` without a terminal. */
  async ask(question: string, secret: boolean): Promise<string> {
    const { stdin, stderr } = this.#context;
    if (!stdin.isTTY) {
      throw new BryoError('usage', 'there is no terminal to ask for a user name and password', {
        hint: 'use --username and --password-stdin',
      });
    }
    stderr.write(question);
    stdin.setRawMode(true);
    stdin.setEncoding('utf8').resume();
    try {
      return await this.#readLine(secret);
    } finally {
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write('\n');
    }
  }

  async #readLine(secret: boolean): Promise<string> {
    const { stderr } = this.#context;
    let text = '';
    for (;;) {
      const key = await this.#nextKey();
      if (key === interrupt) throw new BryoError('interrupted', 'interrupted', { exitCode: 130 });
      if (key === null || enter.has(key)) return text;
      if (backspace.has(key)) {
        if (text !== '' && !secret) stderr.write('\b \b');
        text = text.slice(0, -1);
        continue;
      }
      text += key;
      if (!secret) stderr.write(key);
    }
  }

  /** Null: the terminal has gone. */
  async #nextKey(): Promise<string | null> {
    const { stdin } = this.#context;
    while (this.#ahead.length === 0) {
      const chunk = await new Promise<string | null>((resolve) => {
        const onEnd = (): void => resolve(null);
        stdin.once('end', onEnd);
        stdin.once('data', (data: string) => {
          stdin.off('end', onEnd);
          resolve(data);
        });
      });
      if (chunk === null) return null;
      this.#ahead.push(...chunk);
    }
    return this.#ahead.shift() ?? null;
  }
}
