import { BryoError } from '../base/errors.ts';
import { readContainerfile } from '../containerfile/containerfile.ts';
import type {
  Instruction,
  InstructionKind,
  StageInstruction,
} from '../containerfile/instructions.ts';
import { Scope } from '../containerfile/scope.ts';
import { type ChangingSettings, changeSettings } from './instruction-settings.ts';
import type { ImageSettings } from './settings.ts';

const escapeToken = '\\';

/** The instructions that --change takes: those that change what an image says of itself. */
const kinds: readonly InstructionKind[] = [
  ...(['cmd', 'entrypoint', 'env', 'expose', 'healthcheck', 'label'] as const),
  ...(['onbuild', 'shell', 'stopsignal', 'user', 'volume', 'workdir'] as const),
];

function isChange(one: Instruction): one is StageInstruction {
  return kinds.includes(one.kind);
}

/** `ENV=A=1`, as podman has it as well: the name of an instruction with `=` behind it. */
function withSpace(change: string): string {
  return change.replace(/^(\s*[a-z]+)=/i, '$1 ');
}

/**
 * ENV or LABEL of which the rest of the line is the value, quotes and all, as `podman import` has it: `ENV A=1 2`,
 * `LABEL a=it's`, `ENV A`. Null: it is none.
 */
function asOnePair(change: string): string | null {
  const [, name, key, value] = /^\s*(env|label)\s+([^\s='"]+)(?:=(.*))?$/i.exec(change) ?? [];
  if (name === undefined || (value === undefined && name.toLowerCase() === 'label')) return null;
  return `${name} ${key}="${(value ?? '').replace(/["\\]/g, '\\$&')}"`;
}

/**
 * A command of several lines, as `podman import` has it, which a Containerfile would have to spell otherwise. Null: it
 * is none.
 */
function asOneCommand(change: string): string | null {
  const [, name, value = ''] = /^\s*(cmd|entrypoint)\s+([^[\s].*\n.*)$/is.exec(change) ?? [];
  if (name === undefined) return null;
  return `${name} ${JSON.stringify(['/bin/sh', '-c', value.trimEnd()])}`;
}

function notTaken({ kind }: Instruction): BryoError {
  const names = kinds.map((one) => one.toUpperCase()).join(', ');
  const known = names.replace(/, (\w+)$/, ' and $1');
  return new BryoError('bad-change', `${kind.toUpperCase()} is not supported; ${known} are`);
}

function applyText(before: ChangingSettings, text: string, scope: Scope): ChangingSettings {
  if (text.trim() === '') throw new BryoError('bad-change', 'an instruction is needed');
  let state = before;
  for (const instruction of readContainerfile(text, '--change').instructions) {
    if (!isChange(instruction)) throw notTaken(instruction);
    state = changeSettings(state, scope.expand(instruction));
  }
  return state;
}

function applyChange(before: ChangingSettings, change: string, scope: Scope): ChangingSettings {
  const text = withSpace(change);
  try {
    return applyText(before, text, scope);
  } catch (error) {
    const spelled = asOnePair(text) ?? asOneCommand(text);
    if (spelled === null) throw error;
    try {
      return applyText(before, spelled, scope);
    } catch {
      throw error;
    }
  }
}

/**
 * Applies `--change` instructions, which are those of a Containerfile, to a copy. Throws BryoError `bad-change`.
 */
export function applyChanges(base: ImageSettings, changes: readonly string[]): ImageSettings {
  const scope = new Scope({ globals: new Map(), given: {}, env: base.Env ?? [], escapeToken });
  let state: ChangingSettings = { settings: { ...base }, ownCommand: false };
  for (const change of changes) {
    try {
      state = applyChange(state, change, scope);
    } catch (error) {
      if (!(error instanceof BryoError)) throw error;
      const why = error.code === 'bad-change' ? `--change ${JSON.stringify(change)}: ` : '';
      throw new BryoError('bad-change', `${why}${error.message}`, { hint: error.hint });
    }
  }
  return state.settings;
}
