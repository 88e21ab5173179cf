import { parseSignal } from '../../../base/signals.ts';
import type { ContainerOptions, RestartRequest } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue, readNumber } from '../read-values.ts';

export const restartOption: OptionSpec = {
  name: 'restart',
  value: 'POLICY',
  default: 'no',
  choices: ['no', 'on-failure', 'always', 'unless-stopped'],
  help: 'start it again when it has ended: no, on-failure[:TIMES], always or unless-stopped; not when it was stopped on purpose',
};

/** Flags of `run` and `create` about how the container ends and starts again. */
export const lifecycleOptions: readonly OptionSpec[] = [
  { name: 'rm', help: 'remove the container and its anonymous volumes when it ends' },
  restartOption,
  {
    name: 'stop-signal',
    value: 'SIGNAL',
    help: "signal that stop sends; the image's, else SIGTERM",
  },
  {
    name: 'stop-timeout',
    value: 'SECONDS',
    default: '10',
    help: 'how long stop waits before it kills',
  },
  {
    name: 'timeout',
    value: 'SECONDS',
    default: '0',
    help: 'kill the container after this long, with status 255; 0: never',
  },
];

/** `--restart POLICY`, where on-failure may have a number of times. */
export function readRestart(text: string): RestartRequest {
  const [, policy = text, times] = /^([a-z-]*):(.*)$/s.exec(text) ?? [];
  if (times !== undefined && policy !== 'on-failure') {
    throw badValue('--restart', text, 'only on-failure takes a number of times');
  }
  switch (policy) {
    case 'no':
    case 'never':
    case '':
      return { policy: 'no', max: 0 };
    case 'always':
    case 'unless-stopped':
      return { policy, max: 0 };
    case 'on-failure':
      return { policy, max: times === undefined ? 0 : readNumber('--restart', times, 0) };
    default:
      throw badValue('--restart', text, 'no, on-failure[:TIMES], always or unless-stopped');
  }
}

function readStopSignal(text: string | null): number | null {
  if (text === null) return null;
  const signal = parseSignal(text);
  if (signal === null) throw badValue('--stop-signal', text, 'there is no such signal');
  return signal;
}

/** How the container ends, and what happens then. */
export function readLifecycle(
  invocation: Invocation,
): Pick<ContainerOptions, 'remove' | 'restart' | 'stopSignal' | 'stopTimeout' | 'timeout'> {
  const { text, flag } = invocation;
  return {
    remove: flag('rm'),
    restart: readRestart(text('restart') ?? 'no'),
    stopSignal: readStopSignal(text('stop-signal')),
    stopTimeout: readNumber('--stop-timeout', text('stop-timeout') ?? '10', 0),
    timeout: readNumber('--timeout', text('timeout') ?? '0', 0),
  };
}
