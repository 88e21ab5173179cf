import { BryoError } from '../../base/errors.ts';
import { type Config, configTexts } from '../../config/config.ts';
import { defaultMounts } from '../../config/mounts-conf.ts';
import { defaultCapabilities, fullCapability } from '../../container/capabilities.ts';
import { defaultSysctls } from '../../container/spec/sysctls.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { readEnvironment } from '../../request/environment.ts';
import { readMountFlag } from '../../request/mounts/mount-flag.ts';
import type { MountRequest } from '../../request/mounts/types.ts';
import { readVolumeFlag } from '../../request/mounts/volume-flag.ts';
import { isOwn } from '../../request/namespaces.ts';
import { hasOwnNetwork } from '../../request/network.ts';
import { readPair } from '../../request/values.ts';
import { findFiles } from './find-files.ts';

/** Reads the words of a key; an error says which key it was. */
function readWords<T>(config: Config, key: string, read: (word: string) => T): T[] {
  try {
    return (configTexts(config, `containers.${key}`) ?? []).map(read);
  } catch (error) {
    if (!(error instanceof BryoError)) throw error;
    const { code, message, hint, cause } = error;
    const options = { cause, ...(hint !== undefined && { hint }) };
    throw new BryoError(code, `parsing containers.conf ${key}: ${message}`, options);
  }
}

/** Mounts of the configuration, but for places that the command line has taken. */
function configuredMounts(
  config: Config,
  { mounts }: Pick<ContainerOptions, 'mounts'>,
  mountsFile: string | null,
): MountRequest[] {
  const all = [
    ...defaultMounts(undefined, mountsFile).map((words) => readVolumeFlag(`${words}:ro`)),
    ...readWords(config, 'volumes', readVolumeFlag),
    ...readWords(config, 'mounts', (words) => readMountFlag(words, findFiles)).flat(),
  ];
  // Of several for one place the last one counts.
  const byTarget = new Map(all.map((mount) => [mount.target, mount]));
  for (const { target } of mounts) byTarget.delete(target);
  return [...byTarget.values()];
}

/** Settings of namespaces that the container has for its own. */
function configuredSysctls(config: Config, options: ContainerOptions): Record<string, string> {
  const ownNetwork = options.pod === null && hasOwnNetwork(options.network);
  const builtIn = defaultSysctls(ownNetwork);
  const pairs = readWords(config, 'default_sysctls', readPair).filter(([key, value]) => {
    if (builtIn[key] === value) return false;
    return /^net[./]/.test(key) ? ownNetwork : options.pod === null && isOwn(options.ipc);
  });
  return Object.fromEntries(pairs);
}

type Capabilities = Pick<ContainerOptions, 'capAdd' | 'capConfigured' | 'capDrop'>;

/** The capabilities to add and to drop that come to the configured ones, changed by the command line. */
export function configuredCapabilities(
  config: Config,
  options: Capabilities & Pick<ContainerOptions, 'security'>,
): Capabilities {
  const { capAdd, capDrop, security } = options;
  const words = configTexts(config, 'containers.default_capabilities');
  if (words === null || security.privileged || security.hardened) return { capAdd, capDrop };
  const named = new Set(words.map((name) => fullCapability(name, 'default_capabilities')));
  const isUsual =
    named.size === defaultCapabilities.length &&
    defaultCapabilities.every((name) => named.has(name));
  const isAll = [...capAdd, ...capDrop].some((name) => /^all$/i.test(name));
  if (isUsual || isAll) return { capAdd, capDrop };
  const dropped = new Set(capDrop.map((name) => fullCapability(name, '--cap-drop')));
  const kept = [...named].filter((name) => !dropped.has(name));
  const capConfigured = kept.length;
  return { capAdd: [...kept, ...capAdd], capConfigured, capDrop: ['ALL', ...capDrop] };
}

/** The options with what containers.conf(5) and mounts.conf say of every container beside its flags. */
export function withConfigured(
  options: ContainerOptions,
  config: Config,
  mountsFile: string | null,
): ContainerOptions {
  const env = readEnvironment(configTexts(config, 'containers.env') ?? []);
  const { environment } = options;
  return {
    ...options,
    ...configuredCapabilities(config, options),
    environment: Object.keys(env).length === 0 ? environment : { ...environment, configured: env },
    mounts: [...configuredMounts(config, options, mountsFile), ...options.mounts],
    sysctls: { ...configuredSysctls(config, options), ...options.sysctls },
  };
}
