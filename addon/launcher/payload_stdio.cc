#include "launcher/payload_stdio.h"

#include <fcntl.h>
#include <unistd.h>

namespace bryo {
namespace {

constexpr int kAboveHandedOver = 10;

Status MakePipe(UniqueFd& read, UniqueFd& write) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Status::Errno("pipe");
  read.reset(fds[0]);
  write.reset(fds[1]);
  return {};
}

UniqueFd Null(int mode) { return UniqueFd(::open("/dev/null", mode | O_CLOEXEC)); }

}  // namespace

Status OpenPayloadStdio(const HeaderMonitor& monitor, PayloadStdio& out) {
  if (monitor.passthrough) {
    for (int fd = 0; fd < 3; ++fd) {
      out.payload[fd].reset(::fcntl(fd, F_DUPFD_CLOEXEC, kAboveHandedOver));
    }
    return {};
  }
  if (monitor.terminal || !monitor.stdin_open) {
    out.payload[0] = Null(O_RDONLY);
  } else if (Status made = MakePipe(out.payload[0], out.ours[0]); !made.ok()) {
    return made;
  }
  for (int fd = 1; fd < 3; ++fd) {
    if (monitor.terminal) {
      out.payload[fd] = Null(O_WRONLY);
    } else if (Status made = MakePipe(out.ours[fd], out.payload[fd]); !made.ok()) {
      return made;
    }
  }
  return {};
}

}  // namespace bryo
