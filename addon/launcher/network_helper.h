// Starting slirp4netns or pasta for a container's network namespace.
#pragma once

#include <sys/types.h>

#include "plan/ops.gen.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class NetworkHelper {
 public:
  // Starts the helper for the namespaces of `pid`; it ends when this process does.
  Status Start(const HeaderNetworkHelper& plan, pid_t pid);

  // Descriptors of which one becomes readable when the helper is ready or has ended.
  int ready_fd() const { return ready_.get(); }
  int ended_fd() const { return pidfd_.get(); }

  // To be called once one of them is readable: checks that it is ready, sends the API requests.
  Status Finish(const HeaderNetworkHelper& plan);

  pid_t pid() const { return pid_; }
  // The descriptor whose closing ends the helper; the monitor keeps it open for life.
  UniqueFd TakeExitFd() { return std::move(exit_); }

 private:
  Status MakeReadyPipe(const std::string& path, UniqueFd& write_end);
  Status Failure(const HeaderNetworkHelper& plan);

  pid_t pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd ready_;
  UniqueFd exit_;
  UniqueFd messages_;  // what it writes to stderr
};

}  // namespace bryo
