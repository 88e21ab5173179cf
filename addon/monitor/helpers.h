// Processes that serve the container (network, FUSE) and end with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sys/fd.h"

namespace bryo {

class Helpers {
 public:
  // Pins every helper by pidfd at once: a pid reaped later could name another process.
  explicit Helpers(const std::vector<pid_t>& pids);

  // Appends the descriptors that must stay open.
  void ListDescriptors(std::vector<int>& out) const;

  // SIGTERM to all.
  void Terminate();

  // Waits until all have ended: SIGKILL to those that are left kGrace after Terminate().
  void AwaitEnd();

 private:
  bool PollUntil(int64_t deadline);

  std::vector<UniqueFd> pidfds_;
  int64_t terminated_at_ = 0;
};

}  // namespace bryo
