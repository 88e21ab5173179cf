import { sdnotifyModes } from '../../../request/lifecycle.ts';
import type { OptionSpec } from '../../command.ts';

export const sdnotifyOption = {
  name: 'sdnotify',
  value: 'MODE',
  choices: sdnotifyModes,
  help: 'who tells systemd, where a service does this, that it is ready: container: its process, by $NOTIFY_SOCKET; conmon: the monitor, once that runs; healthy: the monitor, once its health check succeeds; ignore: nobody',
} satisfies OptionSpec;

/** Flags of `run` and `create` about the service manager that runs them. */
export const notifyOptions: readonly OptionSpec[] = [{ ...sdnotifyOption, default: 'container' }];
