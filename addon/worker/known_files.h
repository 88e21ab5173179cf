// Digests of large files that were read before, by what the filesystem says of them.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sys/status.h"

namespace bryo {

// A file is known by device, inode, size and the times of its content and of itself. Only files of
// filesystems that keep these as POSIX says are, and only those that had been as they are for long
// enough when they were read: what changes a page that is mapped may tell of it a while later, when
// that page goes to the disk.
class KnownFiles {
 public:
  // Smaller ones are read as fast as they are looked up.
  static constexpr uint64_t kLeastSize = 1 << 18;

  // A file that was known before, as `fresh` gave it.
  void Add(const std::string& key, const std::string& digest) { known_.emplace(key, digest); }
  // The digest of a file's content, for which it is read unless it is known. Errors name the path.
  Status DigestOf(int fd, const std::string& path, std::string& out);
  // Keys and digests of files that were read and will be known.
  const std::vector<std::pair<std::string, std::string>>& fresh() const { return fresh_; }

 private:
  std::string Find(int fd, const struct stat& st) const;
  void Learn(int fd, const struct stat& before, const struct stat& now, const std::string& digest);

  std::map<std::string, std::string> known_;
  std::vector<std::pair<std::string, std::string>> fresh_;
  time_t started_ = ::time(nullptr);
};

}  // namespace bryo
