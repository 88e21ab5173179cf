import { resolve } from 'node:path';
import { BryoError, exitCodes } from '../../base/errors.ts';
import { withConfigured } from '../../engine/containers/with-configured.ts';
import type { Engine } from '../../engine/engine.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { readSdnotify } from '../../request/lifecycle.ts';
import { validate } from '../../request/validate.ts';
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
import { readPidFiles } from './container/pid-files.ts';
import { readProcess } from './container/process.ts';
import { readRights } from './container/security.ts';
import { readUsernsFlags } from './container/userns.ts';
import { readNamespaces } from './namespace-flags.ts';

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
  validate(result);
  return result;
}

/** The other runtime that runs the container. Throws BryoError for flags of bryo's own, which has none. */
function readRuntime({ runtime, runtimeFlags = [] }: Engine) {
  const flags = runtimeFlags.map((flag) => `--${flag}`);
  if (runtime !== null) {
    return { runtime: runtime.program, runtimeCall: { name: runtime.name, flags } };
  }
  if (flags.length === 0) return { runtime: null };
  throw new BryoError(
    'bad-flag-value',
    `bryo runs the container itself and has no such flag: ${flags.join(' ')} (--runtime-flag)`,
    { exitCode: exitCodes.notExecutable, hint: 'name another OCI runtime with --runtime' },
  );
}

/** The options of `run` and `create`. The image and command are the positional arguments. */
export function readContainerOptions(invocation: Invocation): ContainerOptions {
  const [first = '', ...command] = invocation.args;
  const rootfs = invocation.flag('rootfs');
  if (invocation.given('userns') && /^(?!new:)./.test(invocation.text('pod') ?? '')) {
    throw new BryoError('bad-flag-value', '--userns and --pod cannot be set together');
  }
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
    ...readRuntime(invocation.context.engine),
  };
  const { config, defaultMountsFile = null } = invocation.context.engine;
  return withCdi(withConfigured(options, config, defaultMountsFile), invocation);
}
