// The uplink of the holder of bridges, started again whenever it has ended.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/clock.h"
#include "net/backoff.h"
#include "net/uplink.h"
#include "sys/status.h"

namespace bryo {

// Only Await() waits for it: names and the gate's connections need none. Times are those of
// MonotonicNow().
class UplinkKeeper {
 public:
  // As of Uplink.
  void Configure(std::vector<std::string> program, std::string preload, int network);

  // The first one, until it is ready or cannot be; later ones follow when there is one to be
  // Ended().
  Status Begin();
  Status Await();

  pid_t pid() const { return is_due() ? -1 : uplink_.pid(); }
  // To be told when it was reaped, or is of no use.
  void Ended();

  // When HandleDeadline() has something to do; 0: never. True: one was started, whose
  // ready_fd() tells by its being readable that Ready() is to be called.
  int64_t deadline() const { return is_due() ? restart_at_ : ready_by_; }
  bool HandleDeadline(int64_t now);
  int ready_fd() const { return uplink_.ready_fd(); }
  void Ready();

 private:
  static constexpr int64_t kFirstPause = 50 * kMillisecond;

  bool is_due() const { return restart_at_ != 0; }

  Uplink uplink_;
  Backoff backoff_{kFirstPause, 10'000 * kMillisecond};
  int64_t restart_at_ = 0;  // 0: it runs
  int64_t ready_by_ = 0;    // 0: it is ready, or there is none
};

}  // namespace bryo
