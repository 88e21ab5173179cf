#include "sys/target.h"

#include <poll.h>
#include <sched.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "sys/io.h"
#include "sys/syscalls.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace bryo {
namespace {

struct NamespaceFile {
  const char* name;
  uint64_t flag;
};

constexpr NamespaceFile kNamespaces[] = {
    {"user", CLONE_NEWUSER}, {"mnt", CLONE_NEWNS},        {"pid", CLONE_NEWPID},
    {"net", CLONE_NEWNET},   {"ipc", CLONE_NEWIPC},       {"uts", CLONE_NEWUTS},
    {"time", CLONE_NEWTIME}, {"cgroup", CLONE_NEWCGROUP},
};

// Namespaces are named by their files' inodes; a kernel without one of the kinds has no file for
// it.
bool Differs(pid_t pid, const char* name) {
  struct stat own {};
  struct stat other {};
  std::string self = std::string("/proc/self/ns/") + name;
  std::string path = "/proc/" + std::to_string(pid) + "/ns/" + name;
  if (::stat(self.c_str(), &own) != 0) return false;
  return ::stat(path.c_str(), &other) != 0 || own.st_ino != other.st_ino;
}

}  // namespace

std::string Target::Text() const { return std::to_string(pid) + ":" + std::to_string(start_ticks); }

Target ParseTarget(const char* word) {
  Target target;
  char* end = nullptr;
  target.pid = static_cast<pid_t>(std::strtol(word, &end, 10));
  if (*end == ':') target.start_ticks = std::strtoull(end + 1, nullptr, 10);
  return target;
}

Target ReadTarget(int argc, char** argv) {
  Target target;
  for (int i = 0; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--target") == 0) target = ParseTarget(argv[i + 1]);
  }
  return target;
}

Status PinTarget(const Target& target, UniqueFd& pidfd) {
  pidfd.reset(sys::pidfd_open(target.pid));
  if (!pidfd.valid()) return Status::Errno("container process");
  // Read after the process was pinned, and of the pinned one if that still runs afterwards.
  bool same = ProcessStartTicks(target.pid) == target.start_ticks;
  return same && !HasEnded(pidfd.get()) ? Status() : Status::Errno("container process", ESRCH);
}

bool HasEnded(int pidfd) {
  pollfd poller{pidfd, POLLIN, 0};
  return ::poll(&poller, 1, 0) != 0;
}

uint64_t DifferingNamespaces(pid_t pid) {
  uint64_t flags = 0;
  for (const NamespaceFile& kind : kNamespaces) {
    if (Differs(pid, kind.name)) flags |= kind.flag;
  }
  return flags;
}

}  // namespace bryo
