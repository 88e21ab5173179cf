// Tells the service manager that runs the container how it is (sd_notify(3)).
//
// The monitor is the service's main process and speaks for it. A payload that says itself when it
// is ready gets a socket of the monitor's, from which only what concerns the payload's own state is
// handed on: nothing of it can name another main process or leave descriptors behind.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/clock.h"
#include "plan/ops.gen.h"
#include "sys/fd.h"

namespace bryo {

// The plan's part about readiness (src/plan/header-records.ts). Without an address nobody listens.
struct NotifyConfig : HeaderNotify {
  bool enabled() const { return !address.empty(); }
};

// The payload's socket in this directory.
UniqueFd BindNotifySocket(const std::string& directory);

class Notifier {
 public:
  static constexpr size_t kPollEntries = 1;

  Notifier(const NotifyConfig& config, UniqueFd payload_socket);

  void ListDescriptors(std::vector<int>& out) const;

  // Whether the manager has been told so.
  bool ready() const { return ready_; }

  void PayloadStarted();
  void Healthy();
  void Unhealthy() { well_ = false; }
  void PayloadEnded() { next_ping_ = kNoDeadline; }

  void FillPoll(pollfd* entries) const;
  void HandlePoll(const pollfd* entries);
  int64_t Deadline() const { return next_ping_; }
  void HandleDeadline(int64_t now);

 private:
  void Send(const std::string& text) const;
  void Ready();

  const NotifyConfig& config_;
  UniqueFd payload_socket_;
  bool ready_ = false;
  bool well_ = true;
  int64_t next_ping_ = kNoDeadline;
};

// The lines of a payload's message that are handed on.
std::string PayloadsOwnLines(const std::string& message);

}  // namespace bryo
