#include "launcher/running_root.h"

#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <string>
#include <vector>

#include "sys/descriptors.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/same_file.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr size_t kLongestMessage = 512;

// The pid in a pidfd's fdinfo (pidfd_open(2)); 0: it is none, or its process has gone.
pid_t PidOf(int process) {
  const std::string path = "/proc/self/fdinfo/" + std::to_string(process);
  UniqueFd info(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!info.valid() || !ReadAll(info.get(), 4096, text)) return 0;
  size_t at = text.find("\nPid:");
  if (at == std::string::npos) return 0;
  long pid = std::strtol(text.c_str() + at + 5, nullptr, 10);
  return pid > 0 ? static_cast<pid_t>(pid) : 0;
}

bool IsOwnUserNamespace(int user) {
  struct stat theirs {};
  struct stat ours {};
  return ::fstat(user, &theirs) != 0 || ::stat("/proc/self/ns/user", &ours) != 0 ||
         IsSameFile(theirs, ours);
}

// The user namespace that is joined owns the mount namespace: the process may be in one below it.
Status Join(int process) {
  const std::string path = "/proc/" + std::to_string(PidOf(process)) + "/ns/mnt";
  UniqueFd mounts(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  int err = errno;
  // Another process has the pid only after this one has ended.
  if (HasEnded(process)) return Status::Error("the container has just ended");
  if (!mounts.valid()) return Status::Errno("the container's mount namespace", err);
  UniqueFd user(::ioctl(mounts.get(), NS_GET_USERNS));
  if (!user.valid()) return Status::Errno("the container's user namespace");
  if (IsOwnUserNamespace(user.get())) return Status::Error("the process is in no container");
  if (::setns(user.get(), CLONE_NEWUSER) != 0) return Status::Errno("join the user namespace");
  if (::setns(mounts.get(), CLONE_NEWNS) != 0) return Status::Errno("join the mount namespace");
  return {};
}

Status CloneRoot(int process, UniqueFd& mount) {
  Status joined = Join(process);
  if (!joined.ok()) return joined;
  Status cloned = CloneMount(AT_FDCWD, "/", false, false, mount);
  if (cloned.err() == EINVAL) {
    return Status::Error(
        "its process is in namespaces that it made, or has made its root unbindable");
  }
  if (!cloned.ok()) return cloned;
  // Later mounts on the copy stay on its side. It can be written to where the container's own is
  // read-only, too, as that of one that is stopped.
  Status changed = ChangeMount(mount.get(), 0, MOUNT_ATTR_RDONLY, false, MS_PRIVATE);
  return changed.ok() ? changed : ChangeMount(mount.get(), 0, 0, false, MS_PRIVATE);
}

}  // namespace

void AnswerRootRequest(int connection) {
  // Processes inside may not look at this one, which has the host's files open.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  char word = 0;
  std::vector<UniqueFd> received;
  if (ReceiveDescriptors(connection, &word, 1, received) != 1 || received.size() != 1) ::_exit(1);
  UniqueFd mount;
  Status status = CloneRoot(received.front().get(), mount);
  if (status.ok()) {
    const int fd = mount.get();
    SendDescriptors(connection, "k", 1, {&fd, 1});
  } else {
    const std::string message = status.message().substr(0, kLongestMessage);
    SendDescriptors(connection, message.data(), message.size(), {});
  }
  ::_exit(0);
}

Status RequestRoot(int connection, int process, UniqueFd& mount) {
  char answer[kLongestMessage];
  std::vector<UniqueFd> received;
  ssize_t size = SendDescriptors(connection, "r", 1, {&process, 1});
  if (size > 0) size = ReceiveDescriptors(connection, answer, sizeof(answer), received);
  if (size <= 0) return Status::Error("whoever would show the container's files has ended");
  if (received.empty()) return Status::Error({answer, static_cast<size_t>(size)});
  mount = std::move(received.front());
  return {};
}

Status RequestRootHere(int process, UniqueFd& mount) {
  UniqueFd ours;
  UniqueFd theirs;
  if (!SeqpacketPair(ours, theirs)) return Status::Errno("socketpair");
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) AnswerRootRequest(theirs.get());
  theirs.reset();
  Status got = RequestRoot(ours.get(), process, mount);
  WaitFor(pid);
  return got;
}

}  // namespace bryo
