#include "launcher/spawn_stage.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "launcher/context.h"
#include "launcher/sealed_copy.h"
#include "launcher/sync.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo {
namespace {

static_assert(kSyncFd == kPlanFd + 1 && kPayloadStdin == kSyncFd + 1 &&
              kPayloadStdout == kPayloadStdin + 1 && kPayloadStderr == kPayloadStdout + 1 &&
              kCgroupFd == kPayloadStderr + 1 && kPreservedFds == kCgroupFd + 1);

// Descriptors from `first` on are `fds`; all others are closed.
[[noreturn]] void ExecStage(std::span<const int> fds, int first, std::initializer_list<const char*> words,
                            int program) {
  std::vector<const char*> argv = {"bryo-launcher", "stage"};
  argv.insert(argv.end(), words);
  argv.push_back(nullptr);
  ExecSealed(program, fds, first, argv);
  SendFailure(kSyncFd, kNoStep, Status::Errno("start the launcher's sealed copy"));
  ::_exit(125);
}

bool HandOver(const WaitingStage& stage, std::span<const int> fds) {
  constexpr char kGo = 'g';
  return stage.pid > 0 && SendDescriptors(stage.sync.get(), &kGo, 1, fds) == 1;
}

}  // namespace

WaitingStage StartWaitingStage(const UniqueFd& copy) {
  WaitingStage stage;
  UniqueFd theirs;
  if (!SeqpacketPair(stage.sync, theirs)) return {};
  stage.pid = ::fork();
  if (stage.pid == 0) {
    ::close(kPlanFd);
    const int fds[] = {theirs.get()};
    ExecStage(fds, kSyncFd, {"--wait"}, copy.get());
  }
  return stage.pid > 0 ? std::move(stage) : WaitingStage();
}

void EndWaitingStage(WaitingStage stage) {
  if (stage.pid <= 0) return;
  ::kill(stage.pid, SIGKILL);
  WaitFor(stage.pid);
}

bool AwaitLaunch() {
  char go = 0;
  std::vector<UniqueFd> fds;
  if (ReceiveDescriptors(kSyncFd, &go, 1, fds) != 1 || fds.empty()) return false;
  std::vector<int> numbers;
  for (UniqueFd& fd : fds) numbers.push_back(fd.release());
  numbers.insert(numbers.begin() + 1, kSyncFd);
  int end = kPlanFd + static_cast<int>(numbers.size());
  Renumber(numbers, kPlanFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(end), ~0U, 0);
  return true;
}

Status SpawnStage(StageStart start, pid_t& stage, UniqueFd& sync) {
  auto& [fds, target, copy, waiting, own_group] = start;
  if (target.pid == 0 && HandOver(waiting, fds)) {
    stage = waiting.pid;
    sync = std::move(waiting.sync);
    return {};
  }
  EndWaitingStage(std::move(waiting));
  Status copied = copy.valid() ? Status() : MakeSealedCopy(copy);
  if (!copied.ok()) return copied;
  UniqueFd theirs;
  if (!SeqpacketPair(sync, theirs)) return Status::Errno("socketpair");
  fds.insert(fds.begin() + 1, theirs.get());
  std::string text = target.Text();
  stage = ::fork();
  if (stage == 0) {
    if (own_group >= 0 && !WriteFileAt(own_group, "cgroup.procs", "0")) {
      SendFailure(theirs.get(), kNoStep, Status::Errno("enter the control group"));
      ::_exit(125);
    }
    ExecStage(fds, kPlanFd, {"--target", text.c_str()}, copy.get());
  }
  return stage > 0 ? Status() : Status::Errno("fork");
}

}  // namespace bryo
