// Processes that serve the container (network, FUSE) and end with it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {

struct HelperProcess {
  pid_t pid = -1;
  // The helper has nothing that anybody waits for, such as a mount or a port of the host: it may
  // still be ending when the container is reported to have ended. (The kernel takes some 20 ms to
  // take down the device of a network helper.)
  bool may_linger = false;
  LostService service = LostService::kNone;  // what is lost when it ends before the container
};

class Helpers {
 public:
  // Pins every helper by pidfd at once: a pid reaped later could name another process.
  explicit Helpers(const std::vector<HelperProcess>& processes);

  // Appends the descriptors that must stay open.
  void ListDescriptors(std::vector<int>& out) const;

  const std::vector<pid_t>& pids() const { return pids_; }
  // Of a process that has ended; kNone also for one that is no helper.
  LostService ServiceOf(pid_t pid) const;

  // Takes a helper that is started later.
  void Add(const HelperProcess& process);
  // Lets go of a helper that has ended: the pid can be another process's.
  void Forget(pid_t pid);

  // SIGTERM to all.
  void Terminate();

  // Wait until those that may not linger, or all, have ended: SIGKILL to those that are left
  // kGrace after Terminate().
  void AwaitNeeded() { AwaitEnd(needed_); }
  void AwaitAll();

 private:
  struct Pinned {
    pid_t pid;
    UniqueFd pidfd;
  };
  using PinnedList = std::vector<Pinned>;

  static bool PollUntil(PinnedList& list, int64_t deadline);
  void AwaitEnd(PinnedList& list) const;

  std::vector<HelperProcess> processes_;
  std::vector<pid_t> pids_;
  PinnedList needed_;
  PinnedList lingering_;
  int64_t terminated_at_ = 0;
};

}  // namespace bryo
