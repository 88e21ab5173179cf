// The container's log: k8s-file records, capped and rotated.
//
// One record is "<RFC 3339 time> stdout|stderr F|P <bytes>\n". A newline in the payload's output
// always ends a record, so whatever a container prints, it cannot forge the part before the bytes.
// P marks a line that goes on in the stream's next record.
#pragma once

#include <ctime>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "monitor/clock.h"
#include "sys/fd.h"

namespace bryo {

class LogWriter {
 public:
  // `path` rotates through path.1 ... path.<max_files - 1>. `max_size` is bytes per file, 0 for no
  // limit; below kSmallestCap it counts as kSmallestCap. Opening is retried at each write.
  void Configure(const std::string& path, uint64_t max_size, uint64_t max_files);

  // Appends one read of a stream. Never fails towards the caller: what cannot be stored (full
  // disk, quota) is counted, the file is cut back to its last whole record, and the next call
  // tries again.
  void Write(std::string_view stream, const char* data, size_t size, const timespec& now);

  bool enabled() const { return !path_.empty(); }
  uint64_t lost_bytes() const { return lost_; }

  static constexpr uint64_t kSmallestCap = 1024;

 private:
  bool Open();
  bool Rotate();
  void Append(const char* prefix, size_t prefix_size, char tag, const char* data, size_t size);
  bool EnsureRoom(size_t record);
  void Flush();

  std::string path_;
  uint64_t max_size_ = 0;
  uint64_t max_files_ = 1;
  UniqueFd file_;
  uint64_t size_ = 0;  // of the file, whole records only
  size_t staged_ = 0;  // bytes waiting in the staging buffer
  uint64_t lost_ = 0;
  TimestampFormatter formatter_;
};

}  // namespace bryo
