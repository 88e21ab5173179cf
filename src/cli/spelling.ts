import type { CommandSpec } from './command.ts';

/** How a command is written after `bryo`: `run`, but `volume create` for `volume-create`. */
export function spelling({ name, noun }: Pick<CommandSpec, 'name' | 'noun'>): string {
  return name.startsWith(`${noun}-`) ? `${noun} ${name.slice(noun.length + 1)}` : name;
}
