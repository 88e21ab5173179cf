// One run of a health check's command inside the container.
//
// It is an exec session like any other, with a launcher of its own, of which the monitor is the
// attached client: that tells the output and the exit code.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "monitor/clock.h"
#include "sys/fd.h"
#include "sys/target.h"

namespace bryo {

struct ProbeResult {
  int exit_code = 0;  // -1 when it took too long
  std::string output;
};

class Probe {
 public:
  // `plan` is borrowed. `cgroup`: directory of the payload's control group, or empty. At most
  // `output_limit` bytes of output are kept. False when no process is to be had.
  bool Start(int plan, const Target& target, const std::string& cgroup, int64_t timeout,
             size_t output_limit);

  bool running() const { return launcher_ > 0; }
  // The connection to poll for reading, or -1.
  int fd() const { return connection_.get(); }
  int64_t Deadline() const { return running() ? deadline_ : kNoDeadline; }

  // Takes what has arrived; true when the probe has ended, then `result` holds what came of it.
  bool Receive(ProbeResult& result);
  // Ends a probe whose time is over, as HandleExit does one that has ended.
  bool Expire(int64_t now, ProbeResult& result);

  // Ends it without a result.
  void Abort();

 private:
  bool Spawn(int plan, const Target& target, const std::string& cgroup);
  void Close(ProbeResult& result);
  std::string LaunchFailure();

  pid_t launcher_ = -1;
  UniqueFd connection_;
  UniqueFd status_;
  int64_t timeout_ = 0;
  int64_t started_ = 0;
  int64_t deadline_ = kNoDeadline;
  size_t output_limit_ = 0;
  std::string output_;
  int exit_code_ = 0;
  bool exited_ = false;
};

}  // namespace bryo
