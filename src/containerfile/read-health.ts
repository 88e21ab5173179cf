import { parseDuration } from '../base/duration.ts';
import { Refusal } from './errors.ts';
import { type InstructionFlags, readFlags } from './flags.ts';
import type { Command, HealthCommand } from './instructions.ts';
import { splitFirst } from './words.ts';

const flags = {
  interval: 'value',
  timeout: 'value',
  'start-period': 'value',
  'start-interval': 'value',
  retries: 'value',
} as const;

/** Nanoseconds; 0: the default. */
function nanoseconds(read: InstructionFlags, name: string): number {
  const text = read.value(name);
  if (text === null) return 0;
  let milliseconds: number;
  try {
    milliseconds = parseDuration(text);
  } catch {
    throw new Refusal(`time: invalid duration ${JSON.stringify(text)} for --${name}`);
  }
  if (milliseconds !== 0 && milliseconds < 1) {
    throw new Refusal(`Interval "${name}" cannot be less than 1ms`);
  }
  return Math.round(milliseconds * 1e6);
}

/** HEALTHCHECK; null: NONE. `readCommand` reads the shell or exec form. Throws Refusal. */
export function readHealth(
  words: readonly string[],
  text: string,
  readCommand: (text: string) => Command,
): HealthCommand | null {
  const [type, rest] = splitFirst(text);
  const read = readFlags('HEALTHCHECK', words, flags);
  if (type === '') throw new Refusal('HEALTHCHECK requires at least one argument');
  if (type.toUpperCase() === 'NONE') {
    if (rest !== '') throw new Refusal('HEALTHCHECK NONE takes no arguments');
    return null;
  }
  if (type.toUpperCase() !== 'CMD') {
    throw new Refusal(
      `Unknown type ${JSON.stringify(type.toUpperCase())} in HEALTHCHECK (try CMD)`,
    );
  }
  const command = readCommand(rest);
  if (command.form === 'exec' ? command.args.length === 0 : command.line === '') {
    throw new Refusal('Missing command after HEALTHCHECK CMD');
  }
  const retries = read.value('retries') ?? '0';
  if (!/^\d{1,9}$/.test(retries)) throw new Refusal(`--retries cannot be ${retries}`);
  return {
    command,
    interval: nanoseconds(read, 'interval'),
    timeout: nanoseconds(read, 'timeout'),
    startPeriod: nanoseconds(read, 'start-period'),
    startInterval: nanoseconds(read, 'start-interval'),
    retries: Number(retries),
  };
}
