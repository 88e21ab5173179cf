import type { Network } from '../../network/config/network.ts';
import { dockerDefaultNetwork, dockerNetworkName } from './names.ts';

function predefined(name: string, driver: string, id: string): Network {
  return {
    name,
    id,
    driver,
    interfaceName: '',
    created: new Date().toISOString(),
    subnets: [],
    routes: [],
    ipv6: false,
    internal: false,
    dns: false,
    dnsServers: [],
    labels: {},
    options: {},
    ipamOptions: { driver: 'none' },
  };
}

/** Modes of `--network` that docker has among its networks, each with an id that is the same everywhere. */
const modes = [
  { name: 'host', driver: 'host', id: 'c1f5' },
  { name: 'none', driver: 'null', id: 'e4a7' },
] as const;

/** The names of the networks that docker has without their being made. */
export const predefinedNames: readonly string[] = [
  dockerDefaultNetwork,
  ...modes.map(({ name }) => name),
];

/** The network that docker has for a mode of this name; null: there is none. */
export function predefinedNetwork(word: string): Network | null {
  const found = modes.find(({ name }) => name === word);
  return found === undefined ? null : predefined(found.name, found.driver, found.id.repeat(16));
}

/** Networks as docker lists them: the default one by docker's name, and the modes that it counts to them. */
export function withPredefined(networks: readonly Network[], defaultName: string): Network[] {
  const named = networks.map((one) => ({ ...one, name: dockerNetworkName(one.name, defaultName) }));
  const added = modes.flatMap(({ name }) => predefinedNetwork(name) ?? []);
  return [...named, ...added].sort((a, b) => (a.name < b.name ? -1 : 1));
}
