// The monitor's services for its payload besides its streams: health checks, and telling others
// what happens.
#pragma once

#include <poll.h>
#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "monitor/event_writer.h"
#include "monitor/health.h"
#include "monitor/health_change.h"
#include "monitor/monitor.h"
#include "monitor/notify.h"
#include "monitor/records.h"

namespace bryo {

class Supervision {
 public:
  static constexpr size_t kPollEntries = HealthCheck::kPollEntries + Notifier::kPollEntries;

  Supervision(const MonitorConfig& config, HealthHandles health, UniqueFd notify_socket);

  void ListDescriptors(std::vector<int>& out) const;

  // The payload exists; unless somebody holds it back it also runs.
  void PayloadMade(pid_t payload);
  void PayloadStarted(pid_t payload);
  // The payload has ended; `exit` is null when nobody knows how.
  void PayloadEnded(const ExitFile* exit);
  // All is cleaned up; `removed`: the container is gone altogether.
  void Finished(bool removed);
  void Restarting();
  // Sockets are made anew where the runtime directory was wiped.
  // A network helper has ended before its container.
  void NetworkLost();
  void BindSockets();
  // Whether `update` has left another health check: that counts from now on.
  void RereadHealth(pid_t payload);

  void FillPoll(pollfd* entries) const;
  void HandlePoll(const pollfd* entries);
  int64_t Deadline() const;
  void HandleDeadline(int64_t now);

  // How the payload shall be ended, asked for once; kNone: not at all.
  HealthAction TakeAction() { return health_.TakeAction(); }
  const HealthConfig& health() const { return health_.config(); }

 private:
  void ProbeEnded();

  const MonitorConfig& config_;
  HealthCheck health_;
  HealthChange change_;
  EventWriter events_;
  Notifier notifier_;
};

}  // namespace bryo
