#include "launcher/mount_ids.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <unistd.h>

#include "launcher/id_map.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// A user namespace is known by a process in it; this one lives for as long as `alive` is open.
pid_t HoldNamespace(UniqueFd& alive) {
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return -1;
  alive.reset(pair[0]);
  UniqueFd theirs(pair[1]);
  clone_args args{};
  args.flags = CLONE_NEWUSER;
  args.exit_signal = SIGCHLD;
  pid_t pid = sys::clone3(args);
  if (pid == 0) {
    alive.reset();
    char end = 0;
    ReadFull(theirs.get(), &end, 1);
    ::_exit(0);
  }
  return pid;
}

}  // namespace

Status PinMountIds(const std::vector<uint32_t>& uids, const std::vector<uint32_t>& gids,
                   UniqueFd& userns) {
  UniqueFd alive;
  pid_t pid = HoldNamespace(alive);
  if (pid < 0) return Status::Errno("user namespace of an id-mapped mount");
  Status mapped = MapIdsDirectly(pid, uids, gids, false);
  if (mapped.ok()) {
    std::string path = "/proc/" + std::to_string(pid) + "/ns/user";
    userns.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!userns.valid()) mapped = Status::Errno(path);
  }
  alive.reset();
  WaitFor(pid);
  return mapped;
}

Status MapMountIds(int mount, int userns, bool recursive) {
  struct mount_attr attr {};
  attr.attr_set = MOUNT_ATTR_IDMAP;
  attr.userns_fd = static_cast<uint64_t>(userns);
  unsigned flags = AT_EMPTY_PATH | (recursive ? AT_RECURSIVE : 0U);
  if (::mount_setattr(mount, "", flags, &attr, sizeof(attr)) == 0) return {};
  return Status::Errno("id-mapped mount");
}

}  // namespace bryo
