import type { SdnotifyRequest } from '../../../container/options.ts';
import type { OptionSpec } from '../../command.ts';
import { badValue } from '../read-values.ts';

const modes: readonly SdnotifyRequest[] = ['container', 'conmon', 'healthy', 'ignore'];

export const sdnotifyOption = {
  name: 'sdnotify',
  value: 'MODE',
  choices: modes,
  help: 'who tells systemd, where a service does this, that it is ready: container: its process, by $NOTIFY_SOCKET; conmon: the monitor, once that runs; healthy: the monitor, once its health check succeeds; ignore: nobody',
} satisfies OptionSpec;

/** Flags of `run` and `create` about the service manager that runs them. */
export const notifyOptions: readonly OptionSpec[] = [{ ...sdnotifyOption, default: 'container' }];

/** Throws BryoError for a mode that there is not. */
export function readSdnotify(asked: string): SdnotifyRequest {
  const mode = modes.find((name) => name === asked);
  if (mode === undefined)
    throw badValue('--sdnotify', asked, `one of ${modes.join(', ')} is needed`);
  return mode;
}
