#include "launcher/spawn_stage.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "launcher/context.h"
#include "launcher/sealed_copy.h"
#include "launcher/sync.h"
#include "sys/descriptors.h"

namespace bryo {
namespace {

static_assert(kSyncFd == kPlanFd + 1 && kPayloadStdin == kSyncFd + 1 &&
              kPayloadStdout == kPayloadStdin + 1 && kPayloadStderr == kPayloadStdout + 1 &&
              kCgroupFd == kPayloadStderr + 1 && kPreservedFds == kCgroupFd + 1);

[[noreturn]] void ExecStage(const std::vector<int>& fds, const Target& target, int program) {
  int end = kPlanFd + static_cast<int>(fds.size());
  program = ::fcntl(program, F_DUPFD_CLOEXEC, end);
  Renumber(fds, kPlanFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(end), static_cast<unsigned>(program - 1), 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(program + 1), ~0U, 0);
  std::string text = target.Text();
  const char* argv[] = {"bryo-launcher", "stage", "--target", text.c_str(), nullptr};
  ::syscall(SYS_execveat, program, "", argv, environ, AT_EMPTY_PATH);
  SendFailure(kSyncFd, kNoStep, Status::Errno("start the launcher's sealed copy"));
  ::_exit(125);
}

}  // namespace

Status SpawnStage(std::vector<int> fds, const Target& target, UniqueFd copy, pid_t& stage,
                  UniqueFd& sync) {
  Status copied = copy.valid() ? Status() : MakeSealedCopy(copy);
  if (!copied.ok()) return copied;
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair) != 0) {
    return Status::Errno("socketpair");
  }
  sync.reset(pair[0]);
  UniqueFd theirs(pair[1]);
  fds.insert(fds.begin() + 1, theirs.get());
  stage = ::fork();
  if (stage == 0) ExecStage(fds, target, copy.get());
  return stage > 0 ? Status() : Status::Errno("fork");
}

}  // namespace bryo
