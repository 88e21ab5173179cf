// One entry of a tar archive, with what extended headers say about it.
#pragma once

#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

namespace bryo {

enum class EntryType { kFile, kHardLink, kSymlink, kCharDevice, kBlockDevice, kDirectory, kFifo };

struct TarEntry {
  EntryType type = EntryType::kFile;
  std::string path;
  std::string link;
  uint64_t size = 0;  // bytes of content, with its holes
  uint32_t mode = 0;
  uint64_t uid = 0;
  uint64_t gid = 0;
  timespec mtime{};
  std::vector<std::pair<std::string, std::string>> xattrs;
};

}  // namespace bryo
