// Links, addresses and routes of this thread's network namespace, as requests of rtnetlink(7).
#pragma once

#include <string>

#include "net/address.h"
#include "net/netlink.h"
#include "plan/ops.gen.h"
#include "sys/status.h"

namespace bryo {

// The bridge of an attachment and its addresses, unless they are there.
void AddBridge(NetlinkBatch& batch, const HeaderAttachment& attachment);
// To be sent once the bridge has its index.
Status AddGateways(NetlinkBatch& batch, const HeaderAttachment& attachment, int bridge);

// A pair of which one end is a port of the bridge and the other one is in another namespace, a
// descriptor.
Status AddPair(NetlinkBatch& batch, const HeaderAttachment& attachment,
               const std::string& host_name, int bridge, int peer_space);
Status AddMacvlan(NetlinkBatch& batch, const HeaderAttachment& attachment, int peer_space);

// Addresses and routes of an interface of this namespace, which is then up.
Status SetUpInterface(NetlinkBatch& batch, const HeaderAttachment& attachment, int interface);

void AddAddress(NetlinkBatch& batch, const NetworkAddress& address, int interface);
void BringUp(NetlinkBatch& batch, int interface, const std::string& name);
// Sends a batch that brings interfaces up, again as long as a hardware address is another
// macvlan's: the interface of a container that has ended goes a moment later.
Status SendWhenFree(NetlinkBatch& batch, int socket);
// A route by a gateway; without bits of the destination the default one. `interface` is 0 where
// the gateway tells it.
void AddRoute(NetlinkBatch& batch, const NetworkAddress& destination, const NetworkAddress& gateway,
              uint32_t metric, int interface);

}  // namespace bryo
