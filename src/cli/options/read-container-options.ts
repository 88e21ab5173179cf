import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import { isOwn } from '../../container/namespaces.ts';
import { type ContainerOptions, isPassthrough } from '../../container/options.ts';
import { checkSysctl } from '../../container/spec/sysctls.ts';
import type { Invocation } from '../command.ts';
import { readDependencies } from './container/dependencies.ts';
import { readCdi, readDevices } from './container/devices.ts';
import { readEnvironmentFlags } from './container/environment.ts';
import { readFiles } from './container/files.ts';
import { readFilesystem } from './container/filesystem.ts';
import { readHealth } from './container/health.ts';
import { readIdentity } from './container/identity.ts';
import { readLifecycle } from './container/lifecycle.ts';
import { readLimits } from './container/limits.ts';
import { readLogFlags } from './container/log.ts';
import { readNetwork } from './container/network.ts';
import { readSdnotify } from './container/notify.ts';
import { readPidFiles } from './container/pid-files.ts';
import { readProcess } from './container/process.ts';
import { checkProcOptions, readRights } from './container/security.ts';
import { readUsernsFlags } from './container/userns.ts';
import { checkDuplicates } from './mount-flags.ts';
import { checkJoined, readNamespaces } from './namespace-flags.ts';

function checkProcess(options: ContainerOptions): void {
  const exclude = (wrong: boolean, flags: string): void => {
    if (wrong) throw new BryoError('bad-flag-value', `${flags} cannot be used together`);
  };
  const { files } = options;
  exclude(options.init && options.systemd === 'always', '--init and --systemd=always');
  exclude(options.domainname !== null && !isOwn(options.uts), '--domainname and --uts of others');
  exclude(options.noHosts && options.addHosts.length > 0, '--no-hosts and --add-host');
  exclude(options.noHosts && files.hostsFile !== null, '--no-hosts and --hosts-file');
  exclude(
    files.passwd.entry !== null && !files.passwd.enabled,
    '--passwd=false and --passwd-entry',
  );
  checkProcOptions(options);
}

function checkCombinations(options: ContainerOptions): void {
  const own = {
    network: ['default', 'slirp4netns', 'pasta', 'none'].includes(options.network.mode),
    ipc: options.ipc,
  };
  for (const [key, value] of Object.entries(options.sysctls)) checkSysctl(key, value, own);
  const publishes = options.ports.length > 0 ? '--publish' : '--publish-all';
  if (
    (options.ports.length > 0 || options.publishAll) &&
    ['none', 'host', 'container', 'path'].includes(options.network.mode)
  ) {
    throw new BryoError(
      'bad-port',
      `${publishes} cannot be used with --network ${options.network.mode}`,
    );
  }
  checkJoined(options);
  checkProcess(options);
  const { restart, health, log, remove } = options;
  const passthrough = isPassthrough(log);
  if (restart.policy !== 'no' && (remove || passthrough)) {
    const other = remove ? '--rm' : `--log-driver ${log.driver}`;
    throw new BryoError('bad-flag-value', `--restart cannot be used with ${other}`);
  }
  const restarts = health.onFailure === 'restart' || (health.startup?.retries ?? 0) > 0;
  if (restarts && passthrough) {
    throw new BryoError(
      'bad-flag-value',
      `a health check that restarts cannot be used with --log-driver ${log.driver}`,
    );
  }
  checkDuplicates(options.mounts);
}

/** With what devices of CDI bring along; the user's own words hold over it. */
function withCdi(options: ContainerOptions, invocation: Invocation): ContainerOptions {
  const { devices, mounts, env } = readCdi(invocation);
  const targets = new Set(options.mounts.map(({ target }) => target));
  const inherited = { ...env, ...options.environment.inherited };
  const result: ContainerOptions = {
    ...options,
    devices: [...options.devices, ...devices],
    mounts: [...options.mounts, ...mounts.filter(({ target }) => !targets.has(target))],
    environment: { ...options.environment, inherited },
  };
  checkCombinations(result);
  return result;
}

/** The options of `run` and `create`. The image and command are the positional arguments. */
export function readContainerOptions(invocation: Invocation): ContainerOptions {
  const [first = '', ...command] = invocation.args;
  const rootfs = invocation.flag('rootfs');
  const options: ContainerOptions = {
    image: rootfs ? null : first,
    rootfs: rootfs ? resolve(first) : null,
    command,
    ...readIdentity(invocation),
    ...readProcess(invocation),
    ...readEnvironmentFlags(invocation),
    ...readLifecycle(invocation),
    ...readFilesystem(invocation),
    ...readFiles(invocation),
    ...readDevices(invocation),
    ...readDependencies(invocation),
    ...readNetwork(invocation),
    ...readRights(invocation),
    ...readUsernsFlags(invocation),
    ...readNamespaces(invocation.text),
    ...readLimits(invocation),
    ...readLogFlags(invocation),
    ...readPidFiles(invocation),
    health: readHealth(invocation),
    sdnotify: readSdnotify(invocation.text('sdnotify') ?? 'container'),
  };
  return withCdi(options, invocation);
}
