import { BryoError } from '../base/errors.ts';

/** The `config` of an image configuration, as far as changes touch it. */
export interface RunConfig {
  Cmd?: string[];
  Entrypoint?: string[];
  Env?: string[];
  ExposedPorts?: Record<string, object>;
  Labels?: Record<string, string>;
  OnBuild?: string[];
  StopSignal?: string;
  User?: string;
  Volumes?: Record<string, object>;
  WorkingDir?: string;
}

/** The exec form is a JSON array; anything else is a command for the shell. */
function commandWords(text: string): string[] {
  if (text.startsWith('[')) {
    const words: unknown = JSON.parse(text);
    if (Array.isArray(words) && words.every((word) => typeof word === 'string')) return words;
  }
  return ['/bin/sh', '-c', text];
}

function pathSet(text: string): Record<string, object> {
  const list = text.startsWith('[') ? (JSON.parse(text) as string[]) : text.split(/\s+/);
  return Object.fromEntries(list.map((path) => [path, {}]));
}

function applyChange(config: RunConfig, change: string): void {
  const [, keyword = '', value = ''] = /^(\w+)[\s=]+(.*)$/s.exec(change.trim()) ?? [];
  const [key = '', item = ''] = value.split(/[=\s](.*)/s);
  switch (keyword.toUpperCase()) {
    case 'CMD':
      config.Cmd = commandWords(value);
      return;
    case 'ENTRYPOINT':
      config.Entrypoint = commandWords(value);
      return;
    case 'ENV':
      config.Env = [
        ...(config.Env ?? []).filter((word) => !word.startsWith(`${key}=`)),
        `${key}=${item}`,
      ];
      return;
    case 'LABEL':
      config.Labels = { ...config.Labels, [key]: item.replace(/^"(.*)"$/, '$1') };
      return;
    case 'EXPOSE':
      config.ExposedPorts = { ...config.ExposedPorts, ...pathSet(value) };
      return;
    case 'VOLUME':
      config.Volumes = { ...config.Volumes, ...pathSet(value) };
      return;
    case 'ONBUILD':
      config.OnBuild = [...(config.OnBuild ?? []), value];
      return;
    case 'STOPSIGNAL':
      config.StopSignal = value;
      return;
    case 'USER':
      config.User = value;
      return;
    case 'WORKDIR':
      config.WorkingDir = value;
      return;
    default:
      throw new BryoError('bad-change', `--change ${JSON.stringify(change)} is not supported`, {
        hint: 'CMD, ENTRYPOINT, ENV, EXPOSE, LABEL, ONBUILD, STOPSIGNAL, USER, VOLUME and WORKDIR are',
      });
  }
}

/** Applies `--change` instructions to a copy. Throws BryoError `bad-change`. */
export function applyChanges(base: RunConfig, changes: readonly string[]): RunConfig {
  const config = { ...base };
  for (const change of changes) {
    try {
      applyChange(config, change);
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      throw new BryoError('bad-change', `--change ${JSON.stringify(change)}: malformed list`);
    }
  }
  return config;
}
