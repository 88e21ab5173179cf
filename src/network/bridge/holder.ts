import { BryoError } from '../../base/errors.ts';
import type { IdMap, IdMapping } from '../../base/id-map.ts';
import { names } from '../../contract/names.ts';
import { libexecPath } from '../../native/locate.ts';
import { findProgram } from '../../native/programs.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { NetworkDefaults } from '../types.ts';

/**
 * The network of slirp4netns between it and the bridges. It is of those for measurements (RFC 2544), which no
 * other network has.
 */
export const uplinkAddresses = {
  cidr: '198.18.77.0/24',
  gateway: names.bridgeUplinkGateway,
  dns: '198.18.77.3',
} as const;

/** Bytes of a packet on the uplink, which bridges have as well unless they say otherwise. */
export const uplinkMtu = 65_520;

function extents(mappings: readonly IdMapping[]): string {
  return mappings.map((m) => `${m.containerId}:${m.hostId}:${m.size}`).join(',');
}

/** `addon/slirp`: gives memory back. LD_PRELOAD is a list, so a path with a separator cannot be in it. */
function preloaded(): string[] {
  const path = libexecPath('bryo-slirp.so');
  return /[\s:]/.test(path) ? [] : ['--preload', path];
}

/** The uplink's words. Throws BryoError `no-slirp4netns`. */
function uplink({ slirpProgram, programDirectories }: NetworkDefaults): string[] {
  const program = slirpProgram ?? findProgram('slirp4netns', programDirectories);
  if (program === null) {
    throw new BryoError('no-slirp4netns', 'slirp4netns is not installed', {
      hint: 'apt install slirp4netns, or use --network pasta, none or host',
    });
  }
  return [
    ...[program, '--configure', `--mtu=${uplinkMtu}`, `--cidr=${uplinkAddresses.cidr}`],
    ...['--enable-sandbox', '--enable-seccomp', '--disable-host-loopback', '--enable-ipv6'],
    ...['-r', '%READY_FD%', '-e', '%EXIT_FD%', '--netns-type=path', '%NETWORK%', 'tap0'],
  ];
}

/** Arguments of the holder of the user's bridges (addon/net/holder.h). Throws BryoError `no-slirp4netns`. */
function holderArguments(directory: string, idMap: IdMap, defaults: NetworkDefaults): string[] {
  const nft = findProgram('nft', defaults.programDirectories);
  return [
    ...['--directory', directory, '--uids', extents(idMap.uids), '--gids', extents(idMap.gids)],
    ...(idMap.kind === 'full' ? [] : ['--direct']),
    ...(nft === null ? [] : ['--nft', nft]),
    ...preloaded(),
    '--',
    ...uplink(defaults),
  ];
}

/** The holder's arguments for a store's bridges. Throws BryoError `no-slirp4netns`. */
export function storeHolder(store: Store, idMap: IdMap, defaults: NetworkDefaults) {
  const directory = storePaths.runNetworks(store);
  return { directory, holder: holderArguments(directory, idMap, defaults) };
}
