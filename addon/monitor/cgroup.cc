#include "monitor/cgroup.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kMaxFile = 1 << 20;
constexpr int kMaxDepth = 64;
// Killed processes leave a group some moments later.
constexpr int kRemovalRounds = 1000;
constexpr timespec kRemovalPause{0, 2'000'000};

std::string ReadCgroupFile(int directory, const char* name) {
  UniqueFd fd(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), kMaxFile, text)) return {};
  return text;
}

// Before Linux 5.14 there is no cgroup.kill.
void KillListed(int directory) {
  std::string text = ReadCgroupFile(directory, "cgroup.procs");
  char* at = text.data();
  for (char* end = nullptr;; at = end) {
    long pid = std::strtol(at, &end, 10);
    if (end == at) return;
    if (pid > 1) ::kill(static_cast<pid_t>(pid), SIGKILL);
  }
}

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

// Children first; files of a group go with it.
void RemoveChildren(int directory, bool kill, int depth) {
  if (depth > kMaxDepth) return;
  UniqueFd copy(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!copy.valid()) return;
  std::unique_ptr<DIR, CloseDirectory> stream(::fdopendir(copy.get()));
  if (!stream) return;
  copy.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
    UniqueFd child(
        ::openat(directory, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!child.valid()) continue;
    if (kill) KillListed(child.get());
    RemoveChildren(child.get(), kill, depth + 1);
    ::unlinkat(directory, entry->d_name, AT_REMOVEDIR);
  }
}

}  // namespace

bool HadOutOfMemoryKill(const std::string& path) {
  if (path.empty()) return false;
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return false;
  constexpr std::string_view kKey = "\noom_kill ";
  std::string text = "\n" + ReadCgroupFile(directory.get(), "memory.events");
  size_t at = text.find(kKey);
  return at != std::string::npos && std::strtoull(text.c_str() + at + kKey.size(), nullptr, 10) > 0;
}

void EmptyCgroup(const std::string& path) {
  if (path.empty()) return;
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return;
  WriteFileAt(directory.get(), "cgroup.freeze", "0");
  bool killed = WriteFileAt(directory.get(), "cgroup.kill", "1");
  for (int round = 0; round < kRemovalRounds; ++round) {
    if (ReadCgroupFile(directory.get(), "cgroup.events").find("populated 1") == std::string::npos) {
      return;
    }
    if (!killed) KillListed(directory.get());
    ::nanosleep(&kRemovalPause, nullptr);
  }
}

void RemoveCgroup(const std::string& path) {
  if (path.empty() || ::rmdir(path.c_str()) == 0 || errno == ENOENT) return;
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return;
  bool killed = WriteFileAt(directory.get(), "cgroup.kill", "1");
  for (int round = 0; round < kRemovalRounds; ++round) {
    if (!killed) KillListed(directory.get());
    RemoveChildren(directory.get(), !killed, 0);
    if (::rmdir(path.c_str()) == 0 || errno != EBUSY) return;
    ::nanosleep(&kRemovalPause, nullptr);
  }
}

bool IsFrozen(const std::string& path) {
  if (path.empty()) return false;
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return false;
  return ReadCgroupFile(directory.get(), "cgroup.events").find("frozen 1") != std::string::npos;
}

}  // namespace bryo
