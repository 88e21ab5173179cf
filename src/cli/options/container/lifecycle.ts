import { BryoError } from '../../../base/errors.ts';
import { parseSignal, signalProblem } from '../../../base/signals.ts';
import type { ContainerOptions } from '../../../request/container.ts';
import { readRestart } from '../../../request/lifecycle.ts';
import { readNumber } from '../../../request/values.ts';
import type { Invocation, OptionSpec } from '../../command.ts';

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

function readStopSignal(text: string | null): number | null {
  if (text === null) return null;
  const signal = parseSignal(text);
  if (signal === null) throw new BryoError('bad-flag-value', signalProblem(text));
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
