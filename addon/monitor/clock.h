// Time for the monitor: deadlines that the wall clock cannot move, and the log's timestamps.
#pragma once

#include <ctime>

#include <cstddef>
#include <cstdint>
#include <string>

namespace bryo {

inline constexpr int64_t kMillisecond = 1000000;  // nanoseconds
inline constexpr int64_t kNoDeadline = INT64_MAX;

constexpr int64_t Nanoseconds(uint64_t milliseconds) {
  return static_cast<int64_t>(milliseconds) * kMillisecond;
}

// CLOCK_MONOTONIC in nanoseconds.
int64_t MonotonicNow();

// Milliseconds until `deadline` for poll(2), rounded up; -1 when it is kNoDeadline.
int PollTimeout(int64_t now, int64_t deadline);

// "2006-01-02T15:04:05.000000000Z": RFC 3339 with nanoseconds, in UTC.
inline constexpr size_t kTimestampSize = 30;

// Writes kTimestampSize bytes, no terminator. The date part is kept from one call to the next.
class TimestampFormatter {
 public:
  void Format(const timespec& time, char* out);

 private:
  time_t second_ = -1;
  char text_[20] = {};  // up to and including the dot
};

// TimeOf as text.
std::string TimeText(const timespec& time);

}  // namespace bryo
