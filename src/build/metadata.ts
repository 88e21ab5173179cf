import { namePaths } from '../base/file-names.ts';
import type {
  Command,
  HealthCommand,
  Pair,
  StageInstruction,
} from '../containerfile/instructions.ts';
import { exposedPorts } from '../image/changes.ts';
import type { HealthSettings, ImageSettings, ImageState } from './config-document.ts';

/** The shell of commands that are no lists, unless SHELL says otherwise. */
export const usualShell: readonly string[] = ['/bin/sh', '-c'];

export function shellOf({ Shell }: ImageSettings): readonly string[] {
  return Shell === undefined || Shell.length === 0 ? usualShell : Shell;
}

/** The words of a command: those of a list, or the shell's with the line. */
export function commandWords(command: Command, settings: ImageSettings): string[] {
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

function without(words: readonly string[], names: readonly string[]): string[] {
  return words.filter((word) => !names.includes(word.split('=', 1)[0] ?? ''));
}

/** The environment without some of its variables (`--unsetenv`). */
export function withoutVariables(settings: ImageSettings, names: readonly string[]): ImageSettings {
  return names.length === 0 ? settings : { ...settings, Env: without(settings.Env ?? [], names) };
}

/** A relative working directory is below the one before. */
export function workdirOf(settings: ImageSettings, path: string): string {
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

function changed(instruction: StageInstruction, settings: ImageSettings): ImageSettings {
  switch (instruction.kind) {
    case 'env':
      return { ...settings, Env: withPairs(settings.Env ?? [], instruction.pairs) };
    case 'label': {
      const labels = Object.fromEntries(instruction.pairs.map(({ key, value }) => [key, value]));
      return { ...settings, Labels: { ...settings.Labels, ...labels } };
    }
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
      return { ...settings, StopSignal: instruction.signal };
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

/**
 * The image after an instruction that changes only what it says of itself. An ENTRYPOINT takes the base image's
 * CMD away, as it was made for another one (Dockerfile reference, "ENTRYPOINT").
 */
export function applyMetadata(state: ImageState, instruction: StageInstruction): ImageState {
  const settings = changed(instruction, state.settings);
  if (instruction.kind === 'maintainer') return { ...state, author: instruction.name };
  if (instruction.kind === 'cmd') return { ...state, settings, ownCommand: true };
  if (instruction.kind !== 'entrypoint' || state.ownCommand) return { ...state, settings };
  const { Cmd: _inherited, ...others } = settings;
  return { ...state, settings: others };
}
