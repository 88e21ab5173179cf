import { encodeRecords } from '../../plan/encode.ts';
import type { PlanRecord } from '../../plan/ops.ts';
import { writeFileAtomic } from '../../store/atomic-file.ts';
import { containerFile } from '../../store/container-files.ts';
import { type Store, storePaths } from '../../store/paths.ts';
import type { Attachment } from '../attachment.ts';
import { withLease } from '../lan/dhcp.ts';
import { lanPlaces } from '../lan/join.ts';
import type { InterfaceStatus } from '../status.ts';
import type { PortMapping } from '../types.ts';
import { attachmentInput } from './attach.ts';
import { leaseFile, leasePlaces } from './leases.ts';
import { bridgeRelay } from './plan.ts';

/** An interface of a running container, and the network that it is in. */
export interface LiveAttachment {
  attachment: Attachment;
  status: InterfaceStatus;
}

/** The record of a launch plan by which a container of that directory has the interface again. */
export function liveAttachment(live: LiveAttachment, containerDirectory: string): PlanRecord {
  const attachment = { ...withAddresses(live), mac: live.status.mac };
  const { link, ...rest } = attachmentInput(attachment, addressesOf(live), containerDirectory);
  return { op: 'attachment', ...link, ...rest };
}

function addressesOf({ status }: LiveAttachment) {
  return status.addresses.map(({ address, prefix }) => ({ address, prefix }));
}

function lateLeases(store: Store, { attachment, status }: LiveAttachment): PlanRecord[] {
  if (status.late !== true) return [];
  const { network } = attachment;
  const onLan = lanPlaces(store, network).map(
    ({ path, place, shared }): PlanRecord => ({
      op: 'lateLease',
      path,
      place: BigInt(place),
      shared,
    }),
  );
  const path = leaseFile(storePaths.runNetwork(store, network.id));
  const addresses = status.addresses.map(({ address }) => address);
  const { places } = leasePlaces(attachment, addresses);
  return [
    ...places.map(
      (place): PlanRecord => ({ op: 'lateLease', path, place: BigInt(place), shared: false }),
    ),
    ...onLan,
  ];
}

/** An attachment with its addresses from a DHCP server, which its network knows nothing of. */
function withAddresses({ attachment, status }: LiveAttachment): Attachment {
  const { ipam } = attachment.network;
  return ipam === 'dhcp' ? withLease(attachment, status.addresses) : attachment;
}

/**
 * Tells a container's monitor on which networks the container is now: what it starts again by its restart policy has
 * them, too (addon/launcher/changed_networks.h). `ports` are those that it publishes.
 */
export function writeChangedNetworks(
  { store, containerId }: { store: Store; containerId: string },
  live: readonly LiveAttachment[],
  ports: readonly PortMapping[],
): void {
  const attachments = live.map(({ attachment }) => attachment);
  const relay = bridgeRelay(ports, attachments, live.flatMap(addressesOf));
  const records: PlanRecord[] = [
    ...live.map((one) => liveAttachment(one, storePaths.container(store, containerId))),
    ...(relay === null ? [] : [{ op: 'portRelay', ...relay } as const]),
    ...live.flatMap((one) => lateLeases(store, one)),
  ];
  writeFileAtomic(
    containerFile(store, containerId, 'changedNetworks'),
    encodeRecords(records),
    'volatile',
  );
}
