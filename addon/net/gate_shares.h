// The part of the gate that each client may have.
#pragma once

#include <cstdint>
#include <unordered_map>

#include "net/dns_address.h"

namespace bryo::gate {

// No client can take what others need: connections of the gate, or places of those that are asked
// for and not there yet, which last for minutes where a server says nothing.
class Shares {
 public:
  static constexpr uint32_t kMostOpen = 1 << 14;
  static constexpr uint32_t kMostAwaited = 1 << 10;

  bool MayBegin(const dns::Address& client) const {
    auto at = shares_.find(client);
    return at == shares_.end() ||
           (at->second.open < kMostOpen && at->second.awaited < kMostAwaited);
  }
  // A connection is asked for; then it is there, or not any more.
  void Begun(const dns::Address& client) {
    Share& share = shares_[client];
    ++share.open;
    ++share.awaited;
  }
  void Arrived(const dns::Address& client) { --shares_[client].awaited; }
  void Closed(const dns::Address& client, bool is_awaited) {
    auto at = shares_.find(client);
    if (at == shares_.end()) return;
    if (is_awaited) --at->second.awaited;
    if (--at->second.open == 0) shares_.erase(at);
  }

 private:
  struct Share {
    uint32_t open = 0;
    uint32_t awaited = 0;
  };

  std::unordered_map<dns::Address, Share> shares_;
};

}  // namespace bryo::gate
