import { type ConfigKey, flag, own, without } from './key.ts';

const secretVerbs = { verbs: ['secret-create'] };

function pairs(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).map(([key, text]) => `${key}=${text}`);
}

/** The tables [network] and [secrets]. */
export const otherKeys: readonly ConfigKey[] = [
  own(
    'network.default_rootless_network_cmd',
    'text',
    'slirp4netns or pasta: what connects a container whose --network says nothing else',
  ),
  own(
    'network.network_config_dir',
    'text',
    'Where networks are kept, as --network-config-dir has it',
  ),
  own(
    'network.default_network',
    'text',
    'The name of the network that is there without being made',
  ),
  own('network.default_subnet', 'text', 'The subnet of that network'),
  own(
    'network.default_subnet_pools',
    'tables',
    'Where the subnets of new networks are taken from: a list of tables with base, a network of IPv4, and size, the bits of a subnet',
  ),
  own('network.pasta_options', 'texts', "pasta's options, before those of --network pasta"),
  flag('secrets.driver', 'text', 'driver', secretVerbs),
  flag('secrets.opts', 'map', 'driver-opts', { ...secretVerbs, words: pairs }),
  ...without(
    'names are answered in a namespace of the user’s own, where no other server has the port 53',
    { 'network.dns_bind_port': 'number' },
  ),
  ...without('networks are connected by bryo itself, which reads the files of netavark', {
    'network.cni_plugin_dirs': 'texts',
    'network.firewall_driver': 'text',
    'network.netavark_plugin_dirs': 'texts',
    'network.network_backend': 'text',
  }),
];

/** Tables of what bryo does not have at all. */
export const foreignTables: Readonly<Record<string, string>> = {
  configmaps: 'bryo keeps no configuration maps',
  farms: 'bryo builds nothing on other machines',
  machine: 'bryo makes no virtual machines',
  podmansh: 'bryo is no login shell',
};
