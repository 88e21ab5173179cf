#include "net/guard.h"

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <net/if.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "net/names.h"
#include "net/netlink.h"

namespace bryo {
namespace {

nfgenmsg HeaderOf(int family, uint16_t resource) {
  nfgenmsg header{};
  header.nfgen_family = static_cast<uint8_t>(family);
  header.version = NFNETLINK_V0;
  header.res_id = htons(resource);
  return header;
}

constexpr uint16_t Message(uint16_t type) { return NFNL_SUBSYS_NFTABLES << 8 | type; }

// A key of several fields (nft(8), "concatenation"): each begins at a multiple of four bytes.
std::vector<unsigned char> KeyOf(const GuardedPort& port, const NetworkAddress* address) {
  std::vector<unsigned char> key(IFNAMSIZ + 8 + (address == nullptr ? 0 : address->size()));
  std::memcpy(key.data(), port.interface.data(), port.interface.size());
  std::memcpy(key.data() + IFNAMSIZ, port.mac, sizeof(port.mac));
  if (address != nullptr) {
    std::memcpy(key.data() + IFNAMSIZ + 8, address->bytes, address->size());
  }
  return key;
}

void AddElement(NetlinkBatch& batch, const char* set, const std::vector<unsigned char>& key) {
  batch.Begin(Message(NFT_MSG_NEWSETELEM), NLM_F_CREATE | NLM_F_ACK, HeaderOf(NFPROTO_BRIDGE, 0),
              "guard of the port");
  batch.AddText(NFTA_SET_ELEM_LIST_TABLE, kTable);
  batch.AddText(NFTA_SET_ELEM_LIST_SET, set);
  size_t list = batch.Open(NFTA_SET_ELEM_LIST_ELEMENTS | NLA_F_NESTED);
  size_t element = batch.Open(NFTA_LIST_ELEM | NLA_F_NESTED);
  size_t value = batch.Open(NFTA_SET_ELEM_KEY | NLA_F_NESTED);
  batch.Add(NFTA_DATA_VALUE, key.data(), key.size());
  batch.Close(value);
  batch.Close(element);
  batch.Close(list);
}

}  // namespace

Status AllowPort(const GuardedPort& port) {
  if (port.interface.size() >= IFNAMSIZ) return Status::Errno(port.interface, ENAMETOOLONG);
  UniqueFd socket = OpenNetlink(NETLINK_NETFILTER);
  // A kernel without netfilter.
  if (!socket.valid()) return errno == EPROTONOSUPPORT ? Status() : Status::Errno("netfilter");
  NetlinkBatch batch;
  batch.Begin(NFNL_MSG_BATCH_BEGIN, 0, HeaderOf(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), "guard");
  AddElement(batch, kMacSet, KeyOf(port, nullptr));
  for (const NetworkAddress& address : port.addresses) {
    AddElement(batch, address.family == AF_INET ? kAddressSet4 : kAddressSet6,
               KeyOf(port, &address));
  }
  batch.Begin(NFNL_MSG_BATCH_END, 0, HeaderOf(AF_UNSPEC, NFNL_SUBSYS_NFTABLES), "guard");
  Status allowed = batch.Send(socket.get());
  // Tables are missing where nft has made none, and no tables of bridges where the kernel lacks
  // them.
  bool unguarded =
      allowed.err() == ENOENT || allowed.err() == EAFNOSUPPORT || allowed.err() == EOPNOTSUPP;
  return unguarded ? Status() : allowed;
}

}  // namespace bryo
