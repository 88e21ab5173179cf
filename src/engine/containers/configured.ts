import { BryoError } from '../../base/errors.ts';
import { type Config, configFlag, configText, configTexts } from '../../config/config.ts';
import type { NetworkDefaults } from '../../network/types.ts';
import type { ContainerOptions } from '../../request/container.ts';
import { asHostname } from '../../request/names.ts';
import type { Engine } from '../engine.ts';

/** A container's name without what no name of a host may have. */
function hostnameFrom(name: string): string {
  return asHostname(name.replace(/[^a-zA-Z0-9.-]/g, '').replace(/^[.-]+|[.-]+$/g, ''));
}

function configuredHostname(config: Config, options: ContainerOptions, name: string) {
  const asked = configFlag(config, 'containers.container_name_as_hostname') === true;
  const isOwn = options.uts === 'private' && options.network.mode !== 'host';
  if (options.hostname !== null || !asked || !isOwn) return options.hostname;
  return hostnameFrom(name) || null;
}

/** The network that `default` stands for. Throws BryoError `bad-containers-conf` for a program that there is not. */
export function configuredNetwork(
  { config }: Pick<Engine, 'config'>,
  network: ContainerOptions['network'],
): ContainerOptions['network'] {
  const command = configText(config, 'network.default_rootless_network_cmd');
  if (network.mode !== 'default') return network;
  if (command === 'pasta') return { mode: 'pasta', options: [] };
  if (command === null || command === '' || command === 'slirp4netns') return network;
  const text = `invalid default_rootless_network_cmd option ${JSON.stringify(command)}`;
  throw new BryoError('bad-containers-conf', text, { hint: 'slirp4netns or pasta' });
}

/** A container's options with what containers.conf(5) says, once it is known what it shares, and its name. */
export function configuredOptions(
  engine: Pick<Engine, 'config'>,
  options: ContainerOptions,
  name: string,
): ContainerOptions {
  const network = configuredNetwork(engine, options.network);
  return { ...options, network, hostname: configuredHostname(engine.config, options, name) };
}

/** Settings of the programs that connect containers. */
export function networkDefaults({ config }: Pick<Engine, 'config'>): NetworkDefaults {
  return {
    slirpOptions: configTexts(config, 'engine.network_cmd_options') ?? [],
    pastaOptions: configTexts(config, 'network.pasta_options') ?? [],
    slirpProgram: configText(config, 'engine.network_cmd_path'),
    programDirectories: configTexts(config, 'engine.helper_binaries_dir') ?? [],
  };
}

/** The address of host.containers.internal; null: nobody shall know it; undefined: the network's. */
export function configuredHostAddress({
  config,
}: Pick<Engine, 'config'>): string | null | undefined {
  const address = configText(config, 'containers.host_containers_internal_ip');
  if (address === null) return undefined;
  return address === 'none' ? null : address;
}
