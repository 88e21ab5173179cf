#include "net/guard.h"

#include <linux/netfilter.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>

#include "net/names.h"
#include "net/netlink.h"
#include "net/nft_change.h"

namespace bryo {
namespace {

NftElement ElementOf(const GuardedPort& port, const NetworkAddress* address) {
  char name[IFNAMSIZ] = {};
  port.interface.copy(name, sizeof(name) - 1);
  NftElement element;
  element.key.Add(name, sizeof(name)).Add(port.mac, sizeof(port.mac));
  if (address != nullptr) element.key.Add(address->bytes, address->size());
  return element;
}

}  // namespace

Status AllowPort(const GuardedPort& port) {
  if (port.interface.size() >= IFNAMSIZ) return Status::Errno(port.interface, ENAMETOOLONG);
  UniqueFd socket = OpenNetlink(NETLINK_NETFILTER);
  // A kernel without netfilter.
  if (!socket.valid()) return errno == EPROTONOSUPPORT ? Status() : Status::Errno("netfilter");
  NftChange change("guard of the port");
  change.Add({NFPROTO_BRIDGE, kMacSet}, ElementOf(port, nullptr));
  for (const NetworkAddress& address : port.addresses) {
    const char* set = address.family == AF_INET ? kAddressSet4 : kAddressSet6;
    change.Add({NFPROTO_BRIDGE, set}, ElementOf(port, &address));
  }
  Status allowed = change.Send(socket.get());
  // Tables are missing where nft has made none, and no tables of bridges where the kernel lacks
  // them.
  bool unguarded =
      allowed.err() == ENOENT || allowed.err() == EAFNOSUPPORT || allowed.err() == EOPNOTSUPP;
  return unguarded ? Status() : allowed;
}

}  // namespace bryo
