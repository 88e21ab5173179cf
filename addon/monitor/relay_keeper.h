// The relay of a container's ports, which its monitor starts again when it is killed.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "monitor/clock.h"
#include "sys/fd.h"

namespace bryo {

struct RelayHandles {
  UniqueFd ports;      // as a relay reads them; invalid: the container has no relay
  pid_t network = -1;  // a process that is seen to be in the container's network
  pid_t relay = -1;
};

class RelayKeeper {
 public:
  // `published` are sockets of the host that lead to the container.
  RelayKeeper(RelayHandles handles, const std::vector<UniqueFd>& published);

  void ListDescriptors(std::vector<int>& out) const;

  // Whether this process that has ended is the relay, and is about to be started again.
  bool Ended(pid_t pid);

  // Readable once a relay that was started again has something to say; -1 while there is none.
  int fd() const { return report_.get(); }
  enum class Told { kRelays, kFailed };
  Told HandleReport();

  int64_t Deadline() const { return start_at_; }
  // The pid of a relay that has been started now; 0: none has.
  pid_t HandleDeadline(int64_t now, pid_t payload);

 private:
  void Later();

  RelayHandles handles_;
  const std::vector<UniqueFd>& published_;
  UniqueFd report_;
  int64_t start_at_ = kNoDeadline;
  int64_t began_ = 0;
  int64_t pause_ = 0;
};

}  // namespace bryo
