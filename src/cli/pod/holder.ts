import { BryoError } from '../../base/errors.ts';
import { parseSize } from '../../base/size.ts';
import { type ContainerOptions, defaultContainerOptions } from '../../request/container.ts';
import { canPublish, hasOwnNetwork } from '../../request/network.ts';
import { checkSysctl } from '../../request/sysctls.ts';
import { readPair } from '../../request/values.ts';
import type { Invocation, OptionSpec } from '../command.ts';
import { readSharedNetwork } from '../options/container/network.ts';
import { readPidFile } from '../options/container/pid-files.ts';
import { readUsernsFlags } from '../options/container/userns.ts';
import { readNamespaces } from '../options/namespace-flags.ts';
import { inheritedFlags } from './inherited.ts';
import { podLimitFlags } from './limits.ts';

function readNamespaceFlags({ text }: Invocation) {
  return readNamespaces((name) => (name === 'pid' || name === 'uts' ? text(name) : null));
}

function readSysctls({ texts }: Invocation): Record<string, string> {
  return Object.fromEntries(texts('sysctl').map(readPair));
}

export const holderPidFileOption: OptionSpec = {
  name: 'infra-conmon-pidfile',
  value: 'FILE',
  help: 'write the pid of the monitor of what holds the namespaces to a file at each start',
};

/** Throws BryoError for what does not go together in a holder. */
function checkHolder(options: ContainerOptions): ContainerOptions {
  for (const [key, value] of Object.entries(options.sysctls)) {
    checkSysctl(key, value, { network: hasOwnNetwork(options.network), ipc: options.ipc });
  }
  if (options.ports.length > 0 && !canPublish(options.network)) {
    const { mode } = options.network;
    throw new BryoError('bad-port', `--publish cannot be used with --network ${mode}`);
  }
  if (options.noHosts && options.addHosts.length > 0) {
    throw new BryoError('usage', '--no-hosts and --add-host exclude each other');
  }
  return options;
}

/** The holder's options, from the flags that are a container's, too. */
export function holderOptions(invocation: Invocation): ContainerOptions {
  const defaults = defaultContainerOptions();
  return checkHolder({
    ...defaults,
    ...readSharedNetwork(invocation),
    ...readNamespaceFlags(invocation),
    ...readUsernsFlags(invocation),
    shmSize: parseSize(invocation.text('shm-size') ?? '64m'),
    sysctls: readSysctls(invocation),
    monitorPidFile: readPidFile(invocation, holderPidFileOption.name),
    log: { ...defaults.log, driver: 'none' },
  });
}

const usernsFlags = ['userns', 'uidmap', 'gidmap', 'subuidname', 'subgidname'];

/** Another holder's options, changed by the flags that were given. */
export function changedHolder(invocation: Invocation, options: ContainerOptions): ContainerOptions {
  const shmSize = invocation.text('shm-size');
  const { pid, uts } = readNamespaceFlags(invocation);
  return checkHolder({
    ...options,
    ...(invocation.given('pid') && { pid }),
    ...(invocation.given('uts') && { uts }),
    ...(usernsFlags.some(invocation.given) && readUsernsFlags(invocation)),
    ...(shmSize !== null && { shmSize: parseSize(shmSize) }),
    sysctls: { ...options.sysctls, ...readSysctls(invocation) },
    monitorPidFile: readPidFile(invocation, holderPidFileOption.name),
  });
}

/** Without a holder there is nothing to configure. Throws BryoError for a flag that would. */
export function checkWithoutInfra(
  invocation: Invocation,
  flags: readonly string[],
  why = '--infra=false',
): void {
  const own = ['cgroup-parent', 'label', 'label-file', 'restart', ...inheritedFlags];
  own.push(...podLimitFlags);
  const asked = flags.find((name) => !own.includes(name) && invocation.given(name));
  if (asked === undefined) return;
  throw new BryoError('usage', `--${asked} cannot be used with ${why}: nothing is shared`);
}
