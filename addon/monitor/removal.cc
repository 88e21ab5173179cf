#include "monitor/removal.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "monitor/restart.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/remove_tree.h"

namespace bryo {
namespace {

bool RemoveInUserns(int dirfd, const char* name, int userns_fd) {
  pid_t pid = ::fork();
  if (pid == 0) {
    if (::setns(userns_fd, CLONE_NEWUSER) != 0) ::_exit(1);
    // Entering gave all capabilities there, so a namespace without an id 0 is good enough.
    if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;
    ::_exit(RemoveTree(dirfd, name).ok() ? 0 : 1);
  }
  return pid > 0 && WaitFor(pid) == 0;
}

bool IsShared(const std::string& path) { return ::access((path + "/shared").c_str(), F_OK) == 0; }

bool Exists(int dirfd, const char* name) {
  return ::faccessat(dirfd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0 || errno != ENOENT;
}

}  // namespace

bool RemovePath(const std::string& path, int userns_fd) {
  size_t end = path.find_last_not_of('/');
  if (end == std::string::npos) return false;
  if (IsShared(path)) return true;
  std::string trimmed = path.substr(0, end + 1);
  size_t slash = trimmed.rfind('/');
  if (slash == std::string::npos) return false;
  std::string name = trimmed.substr(slash + 1);
  if (name == "." || name == "..") return false;
  UniqueFd parent(::open(trimmed.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent.valid()) return errno == ENOENT;
  if (::unlinkat(parent.get(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
  Status removed = RemoveTree(parent.get(), name.c_str());
  if (removed.ok()) return true;
  bool denied = removed.err() == EACCES || removed.err() == EPERM;
  if (!denied || userns_fd < 0) return false;
  if (RemoveInUserns(parent.get(), name.c_str(), userns_fd)) return true;
  // The namespace may own all that is inside and yet not the directory above.
  return RemoveTree(parent.get(), name.c_str()).ok() || !Exists(parent.get(), name.c_str());
}

bool RemovePaths(const MonitorConfig& config, int userns_fd) {
  if (IsKept(config)) return true;
  bool removed = true;
  for (const std::string& path : config.remove_paths) {
    removed = RemovePath(path, userns_fd) && removed;
  }
  return removed;
}

}  // namespace bryo
