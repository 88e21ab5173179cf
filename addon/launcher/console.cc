#include <fcntl.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "launcher/context.h"
#include "launcher/sync.h"
#include "sys/root_path.h"

namespace bryo {

namespace {

// A /dev of the host's (`-v /dev:/dev`) has the host's devpts, whose own ptmx nobody may open: the
// node beside it is the way in (Documentation/filesystems/devpts.rst).
Status OpenHostMaster(LaunchContext& context, UniqueFd& master) {
  Status opened =
      OpenInRoot(context.root.get(), "/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, master);
  if (!opened.ok()) return opened;
  struct stat st {};
  if (::fstat(master.get(), &st) == 0 && S_ISCHR(st.st_mode) && st.st_rdev == makedev(5, 2)) {
    return {};
  }
  return Status::Errno("/dev/ptmx is not a terminal's device", ENODEV);
}

Status OpenMaster(LaunchContext& context, UniqueFd& master) {
  Status opened =
      OpenInRoot(context.root.get(), "/dev/pts/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC, master);
  if (opened.err() == EACCES) return OpenHostMaster(context, master);
  if (!opened.ok()) return opened;
  struct statfs fs {};
  if (::fstatfs(master.get(), &fs) == 0 && fs.f_type == DEVPTS_SUPER_MAGIC) return {};
  return Status::Errno("/dev/pts/ptmx is not a devpts node", ENODEV);
}

Status KeepNewlines(int slave) {
  termios modes{};
  if (::tcgetattr(slave, &modes) != 0) return Status::Errno("modes of the terminal");
  modes.c_oflag &= ~static_cast<tcflag_t>(ONLCR);
  return ::tcsetattr(slave, TCSANOW, &modes) == 0 ? Status()
                                                  : Status::Errno("modes of the terminal");
}

}  // namespace

// The pty lives in the container's devpts, and its slave comes from TIOCGPTPEER on the master:
// no path inside the container is trusted to be the pty (SECURITY: console bind races).
Status OpenTerminal(LaunchContext& context, UniqueFd& master) {
  Status opened = OpenMaster(context, master);
  if (!opened.ok()) return opened;
  int unlock = 0;
  if (::ioctl(master.get(), TIOCSPTLCK, &unlock) != 0) return Status::Errno("unlock the terminal");
  context.pty_slave = UniqueFd(::ioctl(master.get(), TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC));
  if (!context.pty_slave.valid()) return Status::Errno("open the terminal");
  const HeaderMonitor& monitor = *context.plan->monitor;
  if (monitor.plain_newlines) {
    Status kept = KeepNewlines(context.pty_slave.get());
    if (!kept.ok()) return kept;
  }
  if (monitor.rows > 0 && monitor.columns > 0) {
    winsize size{};
    size.ws_row = static_cast<unsigned short>(monitor.rows);
    size.ws_col = static_cast<unsigned short>(monitor.columns);
    ::ioctl(master.get(), TIOCSWINSZ, &size);
  }
  return {};
}

Status SendTerminal(int master) {
  SyncMessage message{};
  message.type = SyncType::kPty;
  return SendSync(kSyncFd, message, master) ? Status() : Status::Errno("send the terminal");
}

}  // namespace bryo
