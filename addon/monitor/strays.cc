#include "monitor/strays.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// Killed processes go some moments later; one that forks meanwhile is found in the next round.
constexpr int kRounds = 1000;
constexpr timespec kPause{0, 2'000'000};

std::string ProcPath(pid_t pid, const char* name) {
  return "/proc/" + std::to_string(pid) + "/" + name;
}

ino_t Inode(const std::string& path) {
  struct stat st {};
  return ::stat(path.c_str(), &st) == 0 ? st.st_ino : 0;
}

// The number at a word of /proc/PID/status (proc(5)): the last one of its line.
long StatusNumber(pid_t pid, const char* word) {
  UniqueFd fd(::open(ProcPath(pid, "status").c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), 1 << 16, text)) return 0;
  size_t at = text.find(std::string("\n") + word + ":");
  if (at == std::string::npos) return 0;
  size_t end = text.find('\n', at + 1);
  std::string line = text.substr(at, end - at);
  return std::atol(line.c_str() + line.find_last_of("\t ") + 1);
}

bool LeadsPidNamespace(pid_t pid) { return StatusNumber(pid, "NSpid") == 1; }

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

std::vector<pid_t> AllProcesses() {
  std::vector<pid_t> pids;
  std::unique_ptr<DIR, CloseDirectory> proc(::opendir("/proc"));
  if (!proc) return pids;
  while (const dirent* entry = ::readdir(proc.get())) {
    char* end = nullptr;
    long pid = std::strtol(entry->d_name, &end, 10);
    if (pid > 1 && *end == '\0') pids.push_back(static_cast<pid_t>(pid));
  }
  return pids;
}

bool IsOurs(pid_t pid, ino_t mounts) {
  return Inode(ProcPath(pid, "ns/mnt")) == mounts ||
         StatusNumber(pid, "PPid") == static_cast<long>(::getpid());
}

}  // namespace

void Strays::Begin(pid_t payload) {
  if (LeadsPidNamespace(payload)) return;
  mounts_.reset(::open(ProcPath(payload, "ns/mnt").c_str(), O_RDONLY | O_CLOEXEC));
  struct stat st {};
  struct stat own {};
  // A payload that has ended already, or has no namespace of its own.
  bool separate = mounts_.valid() && ::fstat(mounts_.get(), &st) == 0 &&
                  ::stat("/proc/self/ns/mnt", &own) == 0 && st.st_ino != own.st_ino;
  if (separate) {
    marks_ = {static_cast<int64_t>(st.st_ino),
              static_cast<int64_t>(Inode(ProcPath(payload, "ns/user")))};
  } else {
    mounts_.reset();
  }
}

void Strays::Kill(const std::vector<pid_t>& helpers) {
  if (!mounts_.valid()) return;
  for (int round = 0; round < kRounds; ++round) {
    bool any = false;
    for (pid_t pid : AllProcesses()) {
      if (std::find(helpers.begin(), helpers.end(), pid) != helpers.end()) continue;
      UniqueFd pidfd(sys::pidfd_open(pid));
      // Looked at once it is held: the number may have been another's before.
      if (!pidfd.valid() || !IsOurs(pid, static_cast<ino_t>(marks_.mounts))) continue;
      any = sys::pidfd_send_signal(pidfd.get(), SIGKILL) == 0 || any;
    }
    while (::waitpid(-1, nullptr, WNOHANG | __WALL) > 0) {
    }
    if (!any) break;
    ::nanosleep(&kPause, nullptr);
  }
  mounts_.reset();  // it holds the mounts that are to go
}

}  // namespace bryo
