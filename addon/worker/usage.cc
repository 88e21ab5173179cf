#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <utility>

#include "sys/fd.h"
#include "sys/status.h"
#include "worker/batches.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/named_trees.h"

namespace bryo {
namespace {

// Containers can nest directories without end; nothing is lost by not counting below this.
constexpr int kMaxDepth = 512;

class Usage {
 public:
  Status Add(int parent, const char* name, int depth);
  uint64_t bytes() const { return bytes_; }
  uint64_t inodes() const { return inodes_; }
  uint64_t size() const { return size_; }

 private:
  Status AddContents(UniqueFd directory, int depth);

  uint64_t bytes_ = 0;
  uint64_t inodes_ = 0;
  uint64_t size_ = 0;  // what the files say that they hold
  std::set<std::pair<dev_t, ino_t>> linked_;
};

Status Usage::Add(int parent, const char* name, int depth) {
  struct stat st {};
  if (::fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return errno == ENOENT ? Status() : Status::Errno(name);
  }
  bool directory = S_ISDIR(st.st_mode);
  if (!directory && st.st_nlink > 1 && !linked_.insert({st.st_dev, st.st_ino}).second) return {};
  bytes_ += static_cast<uint64_t>(st.st_blocks) * 512;
  if (!directory) size_ += static_cast<uint64_t>(st.st_size);
  ++inodes_;
  if (!directory || depth >= kMaxDepth) return {};
  UniqueFd fd(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return fd.valid() ? AddContents(std::move(fd), depth + 1) : Status::Errno(name);
}

Status Usage::AddContents(UniqueFd directory, int depth) {
  int fd = directory.get();
  DIR* stream = ::fdopendir(fd);
  if (stream == nullptr) return Status::Errno("read a directory");
  directory.release();
  Status status;
  while (const dirent* entry = ::readdir(stream)) {
    if (std::strcmp(entry->d_name, ".") == 0 || std::strcmp(entry->d_name, "..") == 0) continue;
    status = Add(fd, entry->d_name, depth);
    if (!status.ok()) break;
  }
  ::closedir(stream);
  return status;
}

// A worker's part of a list with an object for each tree.
int PrintUsages(int argc, char** argv, bool first) {
  NamedTrees named;
  Status status = named.Open(argc, argv, Use::kRead);
  if (status.ok()) status = Confine({.duty = Duty::kList, .read = named.directories()});
  std::string list;
  for (const NamedTrees::Tree& tree : named.trees()) {
    Usage usage;
    if (status.ok() && tree.directory >= 0) status = usage.Add(tree.directory, tree.name(), 0);
    list += (first ? "" : ",") + std::string("{\"bytes\":") + std::to_string(usage.bytes()) +
            ",\"inodes\":" + std::to_string(usage.inodes()) +
            ",\"size\":" + std::to_string(usage.size()) + "}";
    first = false;
  }
  if (!status.ok()) {
    std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
    return 1;
  }
  std::printf("%s", list.c_str());
  return 0;
}

}  // namespace

int UsageCommand(int argc, char** argv) {
  std::printf("[");
  int code = RunInBatches(argc, argv, PrintUsages);
  std::printf("]\n");
  return code;
}

}  // namespace bryo
