import { BryoError } from '../base/errors.ts';
import { parseSignal } from '../base/signals.ts';
import { changePairs, expandVariables, jsonWords, type Variables } from './change-words.ts';

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
  return jsonWords(text) ?? ['/bin/sh', '-c', text];
}

function emptySet(names: readonly string[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, {}]));
}

/** `80`, `80/udp`, `8000-8010`: each of the ports with its protocol. */
export function exposedPorts(word: string): string[] {
  const [, from, to, protocol = 'tcp'] =
    /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/i.exec(word) ?? [];
  const first = Number(from);
  const last = Number(to ?? from);
  if (from === undefined || first < 1 || last > 65_535 || last < first) {
    throw new Refusal(`${JSON.stringify(word)} is no port: PORT[-PORT][/tcp|udp|sctp] is needed`);
  }
  const count = last - first + 1;
  return Array.from({ length: count }, (_, at) => `${first + at}/${protocol.toLowerCase()}`);
}

function pairs(text: string, variables: Variables): (readonly [string, string])[] {
  const found = changePairs(text, variables);
  if (found.some(([key]) => key === '')) throw new Refusal('a name is missing');
  return found;
}

function withEnvironment(env: readonly string[], text: string, variables: Variables): string[] {
  const added = new Map(pairs(text, variables));
  const kept = env.filter((word) => !added.has(word.split('=', 1)[0] ?? ''));
  return [...kept, ...[...added].map(([key, value]) => `${key}=${value}`)];
}

function checkSignal(text: string): string {
  if (parseSignal(text) === null) throw new Refusal(`there is no signal ${JSON.stringify(text)}`);
  return text;
}

/** Why an instruction is not taken. */
class Refusal extends Error {}

/** Changes a configuration; variables are those of its environment before the instruction. */
type Instruction = (config: RunConfig, value: string, variables: Variables) => RunConfig;

const verbatim: Readonly<Record<string, Instruction>> = {
  CMD: (config, value) => ({ ...config, Cmd: commandWords(value) }),
  ENTRYPOINT: (config, value) => ({ ...config, Entrypoint: commandWords(value) }),
  ENV: (config, value, variables) => ({
    ...config,
    Env: withEnvironment(config.Env ?? [], value, variables),
  }),
  LABEL: (config, value, variables) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairs(value, variables)) },
  }),
  ONBUILD: (config, value) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), value] }),
};

/** Instructions whose whole value has its variables replaced first. */
const expanded: Readonly<Record<string, Instruction>> = {
  EXPOSE: (config, value) => ({
    ...config,
    ExposedPorts: {
      ...config.ExposedPorts,
      ...emptySet(value.split(/\s+/).flatMap(exposedPorts)),
    },
  }),
  VOLUME: (config, value) => ({
    ...config,
    Volumes: { ...config.Volumes, ...emptySet(jsonWords(value) ?? value.split(/\s+/)) },
  }),
  STOPSIGNAL: (config, value) => ({ ...config, StopSignal: checkSignal(value) }),
  USER: (config, value) => ({ ...config, User: value }),
  WORKDIR: (config, value) => ({ ...config, WorkingDir: value }),
};

function variablesOf({ Env: env = [] }: RunConfig): Variables {
  return (name) => env.findLast((word) => word.startsWith(`${name}=`))?.slice(name.length + 1);
}

function applyChange(config: RunConfig, change: string): RunConfig {
  const [, keyword = '', value = ''] = /^(\w+)(?:\s+|=)(.+)$/s.exec(change.trim()) ?? [];
  if (keyword === '') throw new Refusal('INSTRUCTION VALUE is needed');
  const name = keyword.toUpperCase();
  const variables = variablesOf(config);
  if (Object.hasOwn(verbatim, name)) return verbatim[name]?.(config, value, variables) ?? config;
  if (Object.hasOwn(expanded, name)) {
    return expanded[name]?.(config, expandVariables(value, variables), variables) ?? config;
  }
  throw new Refusal(`instruction ${name} is not supported; ${changeInstructions} are`);
}

/** The instructions that --change takes. */
const changeInstructions = Object.keys({ ...verbatim, ...expanded })
  .join(', ')
  .replace(/, (\w+)$/, ' and $1');

/** Applies `--change` instructions to a copy. Throws BryoError `bad-change`. */
export function applyChanges(base: RunConfig, changes: readonly string[]): RunConfig {
  let config = { ...base };
  for (const change of changes) {
    try {
      config = applyChange(config, change);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      throw new BryoError('bad-change', `--change ${JSON.stringify(change)}: ${error.message}`);
    }
  }
  return config;
}
