// The looks of a file or directory when it was read.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>
#include <time.h>

#include <cstdint>

namespace bryo::dns {

// Times of files go by the clock's ticks: what has changed within the last ones may change once
// more without looking different.
class Stamp {
 public:
  // Looks at a file without opening it. False: there is none, see errno.
  bool Take(int directory, const char* path) {
    struct stat status {};
    if (::fstatat(directory, path, &status, AT_SYMLINK_NOFOLLOW) != 0) return false;
    timespec now{};
    ::clock_gettime(CLOCK_REALTIME, &now);
    device_ = status.st_dev;
    inode_ = status.st_ino;
    size_ = status.st_size;
    changed_ = Nanoseconds(status.st_ctim);
    settled_ = Nanoseconds(now) - changed_ > kTicks;
    return true;
  }

  // Whether what was read at `earlier` is still all that there is.
  bool IsAs(const Stamp& earlier) const {
    return earlier.settled_ && inode_ == earlier.inode_ && device_ == earlier.device_ &&
           size_ == earlier.size_ && changed_ == earlier.changed_;
  }
  bool IsSameFile(const Stamp& other) const {
    return inode_ == other.inode_ && device_ == other.device_;
  }

 private:
  static constexpr int64_t kTicks = 30'000'000;

  static int64_t Nanoseconds(const timespec& time) {
    return time.tv_sec * int64_t{1'000'000'000} + time.tv_nsec;
  }

  dev_t device_ = 0;
  ino_t inode_ = 0;
  off_t size_ = 0;
  int64_t changed_ = 0;
  bool settled_ = false;
};

}  // namespace bryo::dns
