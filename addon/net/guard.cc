#include "net/guard.h"

#include <linux/netfilter.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/names.h"
#include "net/netlink.h"
#include "net/nft_change.h"
#include "net/nft_elements.h"

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

// Ports go without a word, and some have a name that was asked for: what was let through from the
// earlier one of that name ends, and so does all that is of ports which are no more.
Status ForgetPorts(int socket, const std::string& fresh) {
  for (const char* name : {kMacSet, kAddressSet4, kAddressSet6}) {
    const NftSet set{NFPROTO_BRIDGE, name};
    std::vector<NftElement> elements;
    Status read = ReadElements(socket, set, elements);
    if (!read.ok()) return read;
    std::erase_if(elements, [&](const NftElement& element) {
      char port[IFNAMSIZ] = {};
      const std::vector<unsigned char>& key = element.key.bytes();
      std::memcpy(port, key.data(), std::min(key.size(), sizeof(port) - 1));
      return port != fresh && ::if_nametoindex(port) != 0;
    });
    Status removed = RemoveElements(socket, set, elements);
    if (!removed.ok()) return removed;
  }
  return {};
}

}  // namespace

Status AllowPort(const GuardedPort& port) {
  if (port.interface.size() >= IFNAMSIZ) return Status::Errno(port.interface, ENAMETOOLONG);
  UniqueFd socket = OpenNetlink(NETLINK_NETFILTER);
  // A kernel without netfilter.
  if (!socket.valid()) return errno == EPROTONOSUPPORT ? Status() : Status::Errno("netfilter");
  Status forgotten = ForgetPorts(socket.get(), port.interface);
  NftChange change("guard of the port");
  change.Add({NFPROTO_BRIDGE, kMacSet}, ElementOf(port, nullptr));
  for (const NetworkAddress& address : port.addresses) {
    const char* set = address.family == AF_INET ? kAddressSet4 : kAddressSet6;
    change.Add({NFPROTO_BRIDGE, set}, ElementOf(port, &address));
  }
  Status allowed = forgotten.ok() ? change.Send(socket.get()) : forgotten;
  // Tables are missing where nft has made none, and no tables of bridges where the kernel lacks
  // them.
  bool unguarded =
      allowed.err() == ENOENT || allowed.err() == EAFNOSUPPORT || allowed.err() == EOPNOTSUPP;
  return unguarded ? Status() : allowed;
}

}  // namespace bryo
