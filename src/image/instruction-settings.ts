import { namePaths } from '../base/file-names.ts';
import { parseSignal } from '../base/signals.ts';
import { at, Refusal } from '../containerfile/errors.ts';
import type {
  Command,
  HealthCommand,
  Pair,
  StageInstruction,
} from '../containerfile/instructions.ts';
import { exposedPorts } from './exposed-ports.ts';
import { moreLabels, moreVariables } from './growing.ts';
import type { HealthSettings, ImageSettings } from './settings.ts';

/** The shell of commands that are no lists, unless SHELL says otherwise. */
const usualShell: readonly string[] = ['/bin/sh', '-c'];

export function shellOf({ Shell }: ImageSettings): readonly string[] {
  return Shell === undefined || Shell.length === 0 ? usualShell : Shell;
}

/** The words of a command: those of a list, or the shell's with the line. */
function commandWords(command: Command, settings: ImageSettings): string[] {
  return command.form === 'exec' ? command.args : [...shellOf(settings), command.line];
}

/** `KEY=value` words with further pairs: one that is there keeps its place. */
export function withPairs(words: readonly string[], pairs: readonly Pair[]): string[] {
  const [only] = pairs;
  if (only !== undefined && pairs.length === 1) {
    // The usual case, without a look into each of the words.
    const start = `${only.key}=`;
    const at = words.findIndex((word) => word.startsWith(start) || word === only.key);
    const word = start + only.value;
    return at < 0 ? [...words, word] : words.with(at, word);
  }
  const values = new Map(words.map((word) => [word.split('=', 1)[0] ?? '', word]));
  for (const { key, value } of pairs) values.set(key, `${key}=${value}`);
  return [...values.values()];
}

/** A relative working directory is below the one before. */
function workdirOf(settings: ImageSettings, path: string): string {
  return namePaths.resolve(settings.WorkingDir || '/', path);
}

function healthSettings(check: HealthCommand | null): HealthSettings {
  if (check === null) return { Test: ['NONE'] };
  const { command, interval, timeout, startPeriod, startInterval, retries } = check;
  const times: [keyof HealthSettings, number][] = [
    ['Interval', interval],
    ['Timeout', timeout],
    ['StartPeriod', startPeriod],
    ['StartInterval', startInterval],
    ['Retries', retries],
  ];
  const test = command.form === 'exec' ? ['CMD', ...command.args] : ['CMD-SHELL', command.line];
  return { Test: test, ...Object.fromEntries(times.filter(([, value]) => value !== 0)) };
}

function keys(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

function checkedSignal(text: string): string {
  // The beginning is podman's.
  if (parseSignal(text) === null) throw new Refusal(`Invalid signal: ${text}`);
  return text;
}

function changed(instruction: StageInstruction, settings: ImageSettings): ImageSettings {
  switch (instruction.kind) {
    case 'env':
      return { ...settings, Env: moreVariables(settings.Env, instruction.pairs) };
    case 'label':
      return { ...settings, Labels: moreLabels(settings.Labels, instruction.pairs) };
    case 'workdir':
      return { ...settings, WorkingDir: workdirOf(settings, instruction.path) };
    case 'user':
      return { ...settings, User: instruction.user };
    case 'volume':
      // A relative one is below the root, as with podman: VOLUME ['/a', '/b'] is no list.
      return {
        ...settings,
        Volumes: {
          ...settings.Volumes,
          ...keys(instruction.paths.map((path) => namePaths.resolve('/', path))),
        },
      };
    case 'expose': {
      const ports = instruction.ports.flatMap(exposedPorts);
      return { ...settings, ExposedPorts: { ...settings.ExposedPorts, ...keys(ports) } };
    }
    case 'stopsignal':
      return { ...settings, StopSignal: checkedSignal(instruction.signal) };
    case 'healthcheck':
      return { ...settings, Healthcheck: healthSettings(instruction.check) };
    case 'shell':
      return { ...settings, Shell: instruction.args };
    case 'onbuild':
      return { ...settings, OnBuild: [...(settings.OnBuild ?? []), instruction.trigger] };
    case 'cmd':
      return { ...settings, Cmd: commandWords(instruction.command, settings) };
    case 'entrypoint':
      return { ...settings, Entrypoint: commandWords(instruction.command, settings) };
    default:
      return settings;
  }
}

/** Settings while instructions change them. */
export interface ChangingSettings {
  settings: ImageSettings;
  /** A CMD was among the instructions: an ENTRYPOINT leaves it alone. */
  ownCommand: boolean;
}

/**
 * The settings after an instruction that changes only what the image says of itself; others leave them as they
 * are. An ENTRYPOINT takes an earlier image's CMD away, as it was made for another one (Dockerfile reference,
 * "ENTRYPOINT"). Throws BryoError `bad-containerfile`.
 */
export function changeSettings(
  before: ChangingSettings,
  instruction: StageInstruction,
): ChangingSettings {
  const settings = at(instruction.place, instruction.text, () =>
    changed(instruction, before.settings),
  );
  const ownCommand = before.ownCommand || instruction.kind === 'cmd';
  if (instruction.kind !== 'entrypoint' || ownCommand) return { settings, ownCommand };
  const { Cmd: _inherited, ...others } = settings;
  return { settings: others, ownCommand };
}
