// The process beside the holder of bridges that reads what containers send: it has the services'
// sockets, but neither rights over the bridges' network nor other ways to it (confine.h).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "net/backoff.h"
#include "net/services.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// The holder keeps the sockets as well: what containers have sent to a process that was killed the
// next one gets. Times are those of MonotonicNow().
class ServiceProcess {
 public:
  // Containers are served from here on. `directory` is that of all networks, `network` the
  // namespace of bridges; `has_gate`: its rules are laid.
  Status Open(const std::string& directory, int network, bool has_gate);

  pid_t pid() const { return pid_; }
  // Readable when there is a request; changes with each process.
  int fd() const { return channel_.get(); }
  void HandleRequest();

  // To be told when it was reaped: another one is due at deadline(), 0 meaning that one runs.
  void Ended();
  int64_t deadline() const { return restart_at_; }
  Status Start();
  // Ends it, and waits for that.
  void Stop();

 private:
  [[noreturn]] void Serve(UniqueFd channel, pid_t holder);

  std::string directory_;
  ServiceSockets sockets_;
  UniqueFd netfilter_;
  UniqueFd channel_;
  pid_t pid_ = -1;
  Backoff backoff_{10 * kMillisecond, 1000 * kMillisecond};
  int64_t restart_at_ = 0;
};

}  // namespace bryo
