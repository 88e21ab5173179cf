import { resolve } from 'node:path';
import { BryoError } from '../../base/errors.ts';
import type { ContainerOptions } from '../../container/options.ts';
import { checkSysctl } from '../../container/spec/sysctls.ts';
import type { Invocation } from '../command.ts';
import { readDependencies } from './container/dependencies.ts';
import { readDevices } from './container/devices.ts';
import { readEnvironmentFlags } from './container/environment.ts';
import { readFilesystem } from './container/filesystem.ts';
import { readHealth } from './container/health.ts';
import { readIdentity } from './container/identity.ts';
import { readLifecycle } from './container/lifecycle.ts';
import { readLimits } from './container/limits.ts';
import { readLogFlags } from './container/log.ts';
import { readNetwork } from './container/network.ts';
import { readPidFiles } from './container/pid-files.ts';
import { readProcess } from './container/process.ts';
import { readRights } from './container/security.ts';
import { readUsernsFlags } from './container/userns.ts';
import { checkDuplicates } from './mount-flags.ts';
import { checkJoined, readNamespaces } from './namespace-flags.ts';

function checkCombinations(options: ContainerOptions): void {
  const own = {
    network: ['default', 'slirp4netns', 'pasta', 'none'].includes(options.network.mode),
    ipc: options.ipc,
  };
  for (const [key, value] of Object.entries(options.sysctls)) checkSysctl(key, value, own);
  if (
    options.ports.length > 0 &&
    ['none', 'host', 'container', 'path'].includes(options.network.mode)
  ) {
    throw new BryoError(
      'bad-port',
      `--publish cannot be used with --network ${options.network.mode}`,
    );
  }
  checkJoined(options);
  const { restart, health, log, remove } = options;
  const passthrough = log.driver.startsWith('passthrough');
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
  };
  checkCombinations(options);
  return options;
}
