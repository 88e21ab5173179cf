import { shortId } from '../../../container/id.ts';
import type { InterfaceAddress, InterfaceStatus } from '../../../network/status.ts';
import type { AttachmentRequest } from '../../../request/attachment.ts';
import type { Engine } from '../../engine.ts';
import { networkDirectory } from '../../networks/directory.ts';
import { liveInterfaces } from '../../networks/inspect.ts';
import { networkIdOf } from '../../networks/look-up.ts';
import type { Subject } from './subject.ts';

/** The part of a network that only bridges fill in. */
export const noAddresses = {
  EndpointID: '',
  Gateway: '',
  IPAddress: '',
  IPPrefixLen: 0,
  IPv6Gateway: '',
  GlobalIPv6Address: '',
  GlobalIPv6PrefixLen: 0,
  MacAddress: '',
};

type Addresses = typeof noAddresses;

function addressesOf({ addresses, mac }: InterfaceStatus): Addresses {
  const of = (family: 4 | 6): InterfaceAddress | undefined =>
    addresses.find(({ address }) => address.includes(':') === (family === 6));
  const [v4, v6] = [of(4), of(6)];
  return {
    EndpointID: '',
    Gateway: v4?.gateway ?? '',
    IPAddress: v4?.address ?? '',
    IPPrefixLen: v4?.prefix ?? 0,
    IPv6Gateway: v6?.gateway ?? '',
    GlobalIPv6Address: v6?.address ?? '',
    GlobalIPv6PrefixLen: v6?.prefix ?? 0,
    MacAddress: mac,
  };
}

/** The networks that a container joins as inspection shows them: each, and all as if there were one. */
export interface BridgeSettings {
  /** As podman has it only those of a container that is on the default network alone. */
  own: Addresses;
  networks: Record<string, Record<string, unknown>>;
}

/** The networks of a container on bridges, by name. */
export function bridgeSettings(
  engine: Engine,
  { record }: Subject['network'],
  requests: readonly AttachmentRequest[],
): BridgeSettings {
  const { defaultName } = networkDirectory(engine);
  const live = liveInterfaces(engine.store, record);
  const { hostname } = record.options;
  const implied = [shortId(record.id), ...(hostname === null ? [] : [hostname])];
  const shown = requests.map(({ network, aliases }) => {
    const name = network ?? defaultName;
    const status = live.find((one) => one.network === name);
    const addresses = status === undefined ? noAddresses : addressesOf(status);
    return {
      name,
      addresses,
      object: {
        ...addresses,
        NetworkID: networkIdOf(engine, name),
        DriverOpts: null,
        IPAMConfig: null,
        Links: null,
        Aliases: [...aliases, ...implied],
      },
    };
  });
  const [first, second] = shown;
  const isDefault = first?.name === defaultName && second === undefined;
  return {
    own: isDefault ? first.addresses : noAddresses,
    networks: Object.fromEntries(
      shown.sort((a, b) => (a.name < b.name ? -1 : 1)).map(({ name, object }) => [name, object]),
    ),
  };
}
