/**
 * The commands by which an administrator lets users have all controllers (systemd.resource-control(5),
 * Delegate=). A user's manager learns of it when it starts.
 */
export const delegationCommand =
  'sudo mkdir -p /etc/systemd/system/user@.service.d && ' +
  "printf '[Service]\\nDelegate=cpu cpuset io memory pids\\n' | " +
  'sudo tee /etc/systemd/system/user@.service.d/delegate.conf && ' +
  'sudo systemctl daemon-reload, then log in anew';

/** Flags that need the controllers which distributions do not delegate to users. */
export const undelegatedFlags: Readonly<Record<string, string>> = {
  cpuset: '--cpuset-cpus, --cpuset-mems',
  io: '--blkio-weight, --device-read-bps and the like',
};
