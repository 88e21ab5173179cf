// Elements of sets of nftables(8) that come and go in one transaction, by nfnetlink: a process for
// each would take a thousand times as long.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/netlink.h"
#include "sys/status.h"

namespace bryo {

// A key of several fields (nft(8), "concatenation"): each begins at a multiple of four bytes.
class NftKey {
 public:
  // Takes up whole words.
  NftKey& Add(const void* bytes, size_t size);

  const std::vector<unsigned char>& bytes() const { return bytes_; }

 private:
  std::vector<unsigned char> bytes_;
};

// A set, or a map, of the table kTable.
struct NftSet {
  uint8_t family = 0;  // NFPROTO_INET, NFPROTO_BRIDGE
  const char* name = "";
};

struct NftElement {
  NftKey key;
  // Of a set of intervals: the highest key, field by field.
  NftKey last;
  // Of a map.
  NftKey value;
  // After so many milliseconds the element is gone; 0: never.
  uint64_t timeout = 0;
};

class NftChange {
 public:
  // `what` names the change in errors.
  explicit NftChange(const char* what);

  // An element that is there already stays as it is, with the time that it has.
  void Add(const NftSet& set, const NftElement& element);
  // An element that is not there makes all of the change fail with ENOENT.
  void Remove(const NftSet& set, const NftElement& element);
  // An element of which the time begins anew where it is there already.
  void Renew(const NftSet& set, const NftElement& element);

  // All of it or nothing; `socket` is of NETLINK_NETFILTER. ENOENT: there is no such table or set.
  Status Send(int socket);

 private:
  void Put(uint16_t type, uint16_t flags, const NftSet& set, const NftElement& element);

  const char* what_;
  NetlinkBatch batch_;
};

}  // namespace bryo
