// Processes that serve the container (network, FUSE) and end with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sys/fd.h"

namespace bryo {

struct HelperProcess {
  pid_t pid = -1;
  // It has nothing that anybody waits for, such as a mount or a port of the host: it may still be
  // ending when the container is reported to have ended. (The kernel takes some 20 ms to take down
  // the device of a network helper.)
  bool may_linger = false;
};

class Helpers {
 public:
  // Pins every helper by pidfd at once: a pid reaped later could name another process.
  explicit Helpers(const std::vector<HelperProcess>& processes);

  // Appends the descriptors that must stay open.
  void ListDescriptors(std::vector<int>& out) const;

  const std::vector<pid_t>& pids() const { return pids_; }

  // SIGTERM to all.
  void Terminate();

  // Wait until those that may not linger, or all, have ended: SIGKILL to those that are left
  // kGrace after Terminate().
  void AwaitNeeded() { AwaitEnd(needed_); }
  void AwaitAll();

 private:
  void AwaitEnd(std::vector<UniqueFd>& pidfds);

  std::vector<pid_t> pids_;
  std::vector<UniqueFd> needed_;
  std::vector<UniqueFd> lingering_;
  int64_t terminated_at_ = 0;
};

}  // namespace bryo
