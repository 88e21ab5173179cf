#include "worker/known_files.h"

#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>

#include "worker/digest.h"

namespace bryo {
namespace {

// Dirty pages go to the disk after half a minute (vm.dirty_expire_centisecs), looked for every five
// seconds.
constexpr time_t kSettled = 60;
constexpr unsigned long kXfsMagic = 0x58465342;

bool KeepsTimes(int fd) {
  struct statfs fs {};
  if (::fstatfs(fd, &fs) != 0) return false;
  auto type = static_cast<unsigned long>(fs.f_type);
  return type == EXT4_SUPER_MAGIC || type == kXfsMagic || type == BTRFS_SUPER_MAGIC;
}

std::string Key(const struct stat& st) {
  auto time = [](const timespec& at) {
    return std::to_string(at.tv_sec) + "." + std::to_string(at.tv_nsec);
  };
  return std::to_string(st.st_dev) + ":" + std::to_string(st.st_ino) + ":" +
         std::to_string(st.st_size) + ":" + time(st.st_mtim) + ":" + time(st.st_ctim);
}

}  // namespace

Status KnownFiles::DigestOf(int fd, const std::string& path, std::string& out) {
  struct stat before {};
  if (::fstat(fd, &before) != 0) return Status::Errno(path);
  out = Find(fd, before);
  if (!out.empty()) return {};
  Digest content;
  std::vector<char> piece(kLeastSize);
  for (;;) {
    ssize_t n = ::read(fd, piece.data(), piece.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Status::Errno(path);
    if (n == 0) break;
    content.Update(piece.data(), static_cast<size_t>(n));
  }
  out = content.Finish();
  struct stat now {};
  if (::fstat(fd, &now) != 0) return Status::Errno(path);
  Learn(fd, before, now, out);
  return {};
}

// Empty: it has to be read.
std::string KnownFiles::Find(int fd, const struct stat& st) const {
  auto found = known_.find(Key(st));
  return found == known_.end() || !KeepsTimes(fd) ? "" : found->second;
}

void KnownFiles::Learn(int fd, const struct stat& before, const struct stat& now,
                       const std::string& digest) {
  bool settled = now.st_ctim.tv_sec + kSettled < started_;
  if (settled && Key(before) == Key(now) && KeepsTimes(fd)) fresh_.emplace_back(Key(now), digest);
}

}  // namespace bryo
