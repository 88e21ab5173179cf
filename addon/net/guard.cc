#include "net/guard.h"

#include <linux/netfilter.h>
#include <net/if.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/names.h"
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

struct Forgotten {
  NftSet set;
  std::vector<NftElement> elements;
};

// As many of a set as go with one change; the next port sees to the others.
constexpr size_t kForgottenAtOnce = 64;
// As few of a set may stay: after a removal the kernel waits until no packet looks at what has
// gone, some ten milliseconds in which nobody else gets through.
constexpr size_t kForgottenLater = 16;

std::string PortOf(const NftElement& element) {
  char port[IFNAMSIZ] = {};
  const std::vector<unsigned char>& key = element.key.bytes();
  std::memcpy(port, key.data(), std::min(key.size(), sizeof(port) - 1));
  return port;
}

// Whether the next port may see to it: names of ports are not used again, but for those that were
// asked for.
bool CanWait(const Forgotten& one, const std::string& fresh) {
  return one.elements.size() < kForgottenLater &&
         std::ranges::none_of(one.elements, [&fresh](const NftElement& element) {
           return PortOf(element) == fresh;
         });
}

// Ports go without a word, and some have a name that was asked for: what was let through from the
// earlier one of that name ends, and so does all that is of ports which are no more.
Status FindForgotten(int socket, const std::string& fresh, std::vector<Forgotten>& out) {
  for (const char* name : {kMacSet, kAddressSet4, kAddressSet6}) {
    Forgotten& one = out.emplace_back(Forgotten{{NFPROTO_BRIDGE, name}, {}});
    Status read = ReadElements(socket, one.set, one.elements);
    if (!read.ok()) return read;
    std::erase_if(one.elements, [&fresh](const NftElement& element) {
      const std::string port = PortOf(element);
      return port != fresh && ::if_nametoindex(port.c_str()) != 0;
    });
    if (CanWait(one, fresh)) one.elements.clear();
    if (one.elements.size() > kForgottenAtOnce) one.elements.resize(kForgottenAtOnce);
  }
  return {};
}

bool IsEmpty(const std::vector<Forgotten>& all) {
  return std::ranges::all_of(all, [](const Forgotten& one) { return one.elements.empty(); });
}

// In one change, for each takes its time.
Status Replace(int socket, const GuardedPort& port, const std::vector<Forgotten>& forgotten) {
  NftChange change("guard of the port");
  for (const Forgotten& one : forgotten) {
    for (const NftElement& element : one.elements) change.Remove(one.set, element);
  }
  change.Add({NFPROTO_BRIDGE, kMacSet}, ElementOf(port, nullptr));
  for (const NetworkAddress& address : port.addresses) {
    const char* set = address.family == AF_INET ? kAddressSet4 : kAddressSet6;
    change.Add({NFPROTO_BRIDGE, set}, ElementOf(port, &address));
  }
  return change.Send(socket);
}

// Another start may have removed some of it meanwhile; then none is removed by a change.
Status ReplaceOneByOne(int socket, const GuardedPort& port,
                       const std::vector<Forgotten>& forgotten) {
  for (const Forgotten& one : forgotten) {
    Status removed = RemoveElements(socket, one.set, one.elements);
    if (!removed.ok()) return removed;
  }
  return Replace(socket, port, {});
}

}  // namespace

Status AllowPort(int netfilter, const GuardedPort& port) {
  if (port.interface.size() >= IFNAMSIZ) return Status::Errno(port.interface, ENAMETOOLONG);
  std::vector<Forgotten> forgotten;
  Status allowed = FindForgotten(netfilter, port.interface, forgotten);
  if (allowed.ok()) {
    allowed = Replace(netfilter, port, forgotten);
    if (allowed.err() == ENOENT && !IsEmpty(forgotten)) {
      allowed = ReplaceOneByOne(netfilter, port, forgotten);
    }
  }
  // Tables are missing where nft has made none, and no tables of bridges where the kernel lacks
  // them.
  bool unguarded =
      allowed.err() == ENOENT || allowed.err() == EAFNOSUPPORT || allowed.err() == EOPNOTSUPP;
  return unguarded ? Status() : allowed;
}

}  // namespace bryo
