// When a process that ends is started again: at once after a sound run, else ever later.
#pragma once

#include <algorithm>
#include <cstdint>

#include "monitor/clock.h"

namespace bryo {

// Times are those of MonotonicNow(), spans nanoseconds.
class Backoff {
 public:
  Backoff(int64_t first_pause, int64_t sound_run)
      : first_pause_(first_pause), sound_run_(sound_run) {}

  void Began(int64_t now) { began_ = now; }
  // The time to start it again.
  int64_t Ended(int64_t now) {
    const bool is_sound = now - began_ > sound_run_;
    pause_ = is_sound ? 0 : std::clamp(pause_ * 2, first_pause_, kLongestPause);
    return now + pause_;
  }

 private:
  static constexpr int64_t kLongestPause = 5000 * kMillisecond;

  int64_t first_pause_;
  int64_t sound_run_;
  int64_t began_ = 0;
  int64_t pause_ = 0;
};

}  // namespace bryo
