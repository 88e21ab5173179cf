import type { SdnotifyRequest } from '../../../container/options.ts';
import type { Invocation, OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

const modes: readonly SdnotifyRequest[] = ['container', 'conmon', 'healthy', 'ignore'];

/** Flags of `run` and `create` about the service manager that runs them. */
export const notifyOptions: readonly OptionSpec[] = [
  {
    name: 'sdnotify',
    value: 'MODE',
    default: 'container',
    choices: modes,
    help: 'who tells systemd, where a service does this, that it is ready: container: its process, by $NOTIFY_SOCKET; conmon: the monitor, once that runs; healthy: the monitor, once its health check succeeds; ignore: nobody',
  },
];

export function readSdnotify({ text }: Invocation): SdnotifyRequest {
  const asked = text('sdnotify') ?? 'container';
  const mode = modes.find((name) => name === asked);
  if (mode === undefined)
    throw badValue('--sdnotify', asked, `one of ${modes.join(', ')} is needed`);
  return mode;
}
