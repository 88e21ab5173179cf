// Processes that serve the container (network, FUSE) and end with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sys/fd.h"

namespace bryo {

// What a helper is missed for when it ends before the container.
enum class HelperService { kOther, kUdpPorts, kNetwork };  // the worst loss last

struct HelperProcess {
  pid_t pid = -1;
  // It has nothing that anybody waits for, such as a mount or a port of the host: it may still be
  // ending when the container is reported to have ended. (The kernel takes some 20 ms to take down
  // the device of a network helper.)
  bool may_linger = false;
  HelperService service = HelperService::kOther;
};

class Helpers {
 public:
  // Pins every helper by pidfd at once: a pid reaped later could name another process.
  explicit Helpers(const std::vector<HelperProcess>& processes);

  // Appends the descriptors that must stay open.
  void ListDescriptors(std::vector<int>& out) const;

  const std::vector<pid_t>& pids() const { return pids_; }
  // Of a process that has ended; kOther also for one that is no helper.
  HelperService ServiceOf(pid_t pid) const;

  // SIGTERM to all.
  void Terminate();

  // Wait until those that may not linger, or all, have ended: SIGKILL to those that are left
  // kGrace after Terminate().
  void AwaitNeeded() { AwaitEnd(needed_); }
  void AwaitAll();

 private:
  void AwaitEnd(std::vector<UniqueFd>& pidfds);

  std::vector<HelperProcess> processes_;
  std::vector<pid_t> pids_;
  std::vector<UniqueFd> needed_;
  std::vector<UniqueFd> lingering_;
  int64_t terminated_at_ = 0;
};

}  // namespace bryo
