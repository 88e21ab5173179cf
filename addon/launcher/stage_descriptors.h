// The descriptors of the stage, and of the process that waits for `start`, by their numbers.
#pragma once

#include <vector>

namespace bryo {

inline constexpr int kPlanFd = 3;
inline constexpr int kSyncFd = 4;
inline constexpr int kPayloadStdin = 5;
inline constexpr int kPayloadStdout = 6;
inline constexpr int kPayloadStderr = 7;
// The control group's directory; without one, or when the stage is in it, something that is closed
// at once.
inline constexpr int kCgroupFd = 8;
// The user namespace of the container's bridges; without them something that is closed at once.
inline constexpr int kBridgeUsersFd = 9;
// From here on: descriptors that the payload gets as 3, 4, …
inline constexpr int kPreservedFds = 10;

// Of a process that waits for `start` (await_start.h): what is left of the plan, and the FIFO.
inline constexpr int kLaterFd = kPlanFd;
inline constexpr int kStartFd = kCgroupFd;

// The purpose of each descriptor.
struct StageDescriptors {
  int plan = -1;
  int sync = -1;
  int payload[3] = {-1, -1, -1};  // standard input, output and error
  int cgroup = -1;
  int bridge_users = -1;
  std::vector<int> preserved;

  // In the order of the numbers, from kPlanFd on.
  std::vector<int> InOrder() const {
    std::vector<int> fds(kPreservedFds - kPlanFd);
    fds[kPlanFd - kPlanFd] = plan;
    fds[kSyncFd - kPlanFd] = sync;
    for (int fd = 0; fd < 3; ++fd) {
      fds[static_cast<size_t>(kPayloadStdin - kPlanFd + fd)] = payload[fd];
    }
    fds[kCgroupFd - kPlanFd] = cgroup;
    fds[kBridgeUsersFd - kPlanFd] = bridge_users;
    fds.insert(fds.end(), preserved.begin(), preserved.end());
    return fds;
  }
};

}  // namespace bryo
