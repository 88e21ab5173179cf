// Resources that containers share: the process that holds a pod's namespaces, and mounts that one
// container takes over from another.
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/bare_images.h"
#include "launcher/context.h"
#include "launcher/sealed_copy.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/root_path.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// Runs in a process of its own, which has the stage's descriptors: what it opens stays. A mount can
// only be copied from within its mount namespace, and the way back out would be barred.
int CopyFromWithin(int mount_ns, const std::string& path, int answer) {
  if (::setns(mount_ns, CLONE_NEWNS) != 0) return errno;
  UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.valid()) return errno;
  UniqueFd place;
  Status opened = OpenInRoot(root.get(), path, O_PATH | O_DIRECTORY, place);
  if (!opened.ok()) return opened.err();
  UniqueFd mount;
  Status cloned = CloneMount(place.get(), "", false, true, mount);
  if (!cloned.ok()) return cloned.err();
  int fd = mount.release();
  return WriteFull(answer, &fd, sizeof(fd)) ? 0 : EIO;
}

}  // namespace

Status Run(LaunchContext&, const OpPause&) {
  UniqueFd program;
  Status made = MakeSealedProgram("bryo-pause", PauseImage(), program);
  if (!made.ok()) return made;
  ::setsid();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  const char* argv[] = {"bryo-pause", nullptr};
  // The sync socket goes with exec: that tells the parent.
  ExecSealed(program.get(), {}, kSyncFd + 1, argv);
  return Status::Errno("pause");
}

Status Mount(LaunchContext& context, const StoragePinShared& op) {
  auto pid = static_cast<pid_t>(op.pid);
  std::string path = "/proc/" + std::to_string(pid) + "/ns/mnt";
  UniqueFd mount_ns(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!mount_ns.valid()) return Status::Errno("container process");
  if (ProcessStartTicks(pid) != op.start_ticks) return Status::Errno("container process", ESRCH);
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd read(fds[0]);
  UniqueFd write(fds[1]);
  auto child = static_cast<pid_t>(::syscall(SYS_clone, CLONE_FILES | SIGCHLD, 0, 0, 0, 0));
  if (child < 0) return Status::Errno("fork");
  if (child == 0) ::_exit(CopyFromWithin(mount_ns.get(), op.path, write.get()));
  int status = WaitFor(child);
  int err = WIFEXITED(status) ? WEXITSTATUS(status) : EIO;
  if (err != 0) return Status::Errno(op.path + " of the other container", err);
  int mount = -1;
  if (!ReadFull(read.get(), &mount, sizeof(mount))) return Status::Errno("pipe");
  return PinSlot(context, op.slot, UniqueFd(mount));
}

}  // namespace bryo
