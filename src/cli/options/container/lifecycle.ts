import { parseSignal } from '../../../base/signals.ts';
import type { ContainerOptions, RestartRequest } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue, readNumber } from '../read-values.ts';

/** Flags of `run` and `create` about how the container ends and starts again. */
export const lifecycleOptions: readonly OptionSpec[] = [
  { name: 'rm', help: 'remove the container and its anonymous volumes when it ends' },
  {
    name: 'restart',
    value: 'POLICY',
    default: 'no',
    choices: ['no', 'on-failure', 'always', 'unless-stopped'],
    help: 'start it again when it has ended: no, on-failure[:TIMES], always or unless-stopped; not when it was stopped on purpose',
  },
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

function readRestart(text: string): RestartRequest {
  const [, policy = text, times] = /^(on-failure):(.*)$/s.exec(text) ?? [];
  switch (policy) {
    case 'no':
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
