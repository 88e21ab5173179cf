import { parseSignal } from '../../base/signals.ts';
import type { LifecycleRequest, ProcessRequest, StreamsRequest } from '../../request/container.ts';
import { noEnvironmentRequest } from '../../request/environment.ts';
import { type HealthRequest, noHealthRequest } from '../../request/health.ts';
import { readWorkdir } from '../../request/process.ts';
import type { Field } from './field.ts';

const nanoseconds = 1_000_000;

/** `NAME=VALUE` words; a name alone takes a variable of the image's away. The service's own variables are nobody's. */
function readEnvironment(list: Field): Pick<ProcessRequest, 'env' | 'environment'> {
  const env: Record<string, string> = {};
  const unset: string[] = [];
  for (const item of list.items()) {
    const word = item.text() ?? '';
    const equals = word.indexOf('=');
    if (equals === 0 || word === '') throw item.problem('a name is needed before "="');
    if (equals < 0) unset.push(word);
    else env[word.slice(0, equals)] = word.slice(equals + 1);
  }
  return { env, environment: { ...noEnvironmentRequest(), unset } };
}

/** An entrypoint; one empty word clears the image's. */
function readEntrypoint(field: Field): string[] | null {
  const words = field.words();
  if (words.length === 0) return null;
  return words.length === 1 && words[0] === '' ? [] : words;
}

/** The process of a container (Docker Engine API, ContainerConfig). */
export function readProcess(
  config: Field,
): Omit<ProcessRequest, 'groupAdd' | 'init' | 'systemd' | 'personality' | 'umask'> {
  return {
    command: config.get('Cmd').words(),
    entrypoint: readEntrypoint(config.get('Entrypoint')),
    ...readEnvironment(config.get('Env')),
    workdir: config.get('WorkingDir').read((text) => readWorkdir(text)),
    makeWorkdir: true,
    user: config.get('User').word(),
  };
}

/** The standard streams. */
export function readStreams(config: Field): Omit<StreamsRequest, 'log'> {
  return {
    interactive: config.get('OpenStdin').flag(),
    tty: config.get('Tty').flag(),
    attach: null,
  };
}

/** A time in nanoseconds as milliseconds; null: the image's, or the usual one. */
export function readTime(field: Field): number | null {
  const time = field.amount(0);
  if (time === null) return null;
  if (time < nanoseconds) throw field.problem('at least a millisecond (1000000) is needed');
  return Math.floor(time / nanoseconds);
}

/** A health check (HealthConfig); absent: the image's. */
export function readHealth(check: Field): HealthRequest {
  const test = check.get('Test').texts();
  const [kind = '', line] = test;
  if (kind !== '' && !['NONE', 'CMD', 'CMD-SHELL'].includes(kind)) {
    throw check.get('Test').problem('NONE, CMD or CMD-SHELL is needed first');
  }
  if (kind.startsWith('CMD') && line === undefined) {
    throw check.get('Test').problem(`${kind} needs a command`);
  }
  return {
    ...noHealthRequest(),
    disabled: kind === 'NONE',
    test: kind === '' || kind === 'NONE' ? null : test,
    interval: readTime(check.get('Interval')),
    timeout: readTime(check.get('Timeout')),
    startPeriod: readTime(check.get('StartPeriod')),
    startInterval: readTime(check.get('StartInterval')),
    retries: check.get('Retries').amount(1),
  };
}

function readSignal(field: Field): number | null {
  const text = field.word();
  if (text === null) return null;
  const signal = parseSignal(text);
  if (signal === null) throw field.problem(`there is no signal ${JSON.stringify(text)}`);
  return signal;
}

/** The usual time to end, in seconds. */
const stopTimeout = 10;

/** How a container is ended. */
export function readEnding(config: Field): Pick<LifecycleRequest, 'stopSignal' | 'stopTimeout'> {
  return {
    stopSignal: readSignal(config.get('StopSignal')),
    stopTimeout: config.get('StopTimeout').number(-1) ?? stopTimeout,
  };
}

/** A restart policy (RestartPolicy). */
export function readRestart(policy: Field): LifecycleRequest['restart'] {
  const name = policy.get('Name').word() ?? 'no';
  const times = policy.get('MaximumRetryCount');
  switch (name) {
    case 'no':
    case 'always':
    case 'unless-stopped':
      if (!times.isZero) throw times.problem(`${name} takes no number of times`);
      return { policy: name, max: 0 };
    case 'on-failure':
      return { policy: name, max: times.number(0) ?? 0 };
    default:
      throw policy
        .get('Name')
        .problem(`${JSON.stringify(name)} is none of no, on-failure, always and unless-stopped`);
  }
}
