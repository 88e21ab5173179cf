// The bridges' namespaces and a container's leases, which its monitor keeps open.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/clock.h"
#include "plan/ops.gen.h"
#include "sys/fd.h"

namespace bryo {

// Descriptors of a container on bridges (net/holder.h, net/users.h).
struct BridgeHandles {
  UniqueFd users;
  UniqueFd network;
  std::vector<UniqueFd> leases;
  std::vector<UniqueFd>
      late;            // of networks that were connected later: each restart takes them anew
  UniqueFd netfilter;  // to be closed when nobody waits (net/attach.h), or invalid
};

// Starts another holder of the namespaces when theirs has been killed: of the monitors that notice,
// one holder gets its lock.
class BridgeKeeper {
 public:
  BridgeKeeper(const HeaderBridges& config, BridgeHandles handles);

  const BridgeHandles& handles() const { return handles_; }
  void ListDescriptors(std::vector<int>& out) const;

  // Looks for the holder for the first time.
  void Begin();
  // Readable once the holder has ended; -1 while there is none.
  int fd() const { return holder_.get(); }
  void HolderEnded();
  int64_t Deadline() const { return look_at_; }
  void HandleDeadline(int64_t now);

 private:
  bool kept() const { return handles_.network.valid(); }
  bool FindHolder();
  void StartHolder() const;

  const HeaderBridges& config_;
  BridgeHandles handles_;
  UniqueFd holder_;  // a pidfd
  int64_t look_at_ = kNoDeadline;
  int64_t pause_ = 0;
};

}  // namespace bryo
