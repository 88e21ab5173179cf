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

#include "launcher/sealed_copy.h"
#include "launcher/sync.h"
#include "sys/descriptors.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr std::ptrdiff_t kSyncPlace = kSyncFd - kPlanFd;

// Descriptors from `first` on are `fds`; all others are closed.
[[noreturn]] void ExecStage(std::span<const int> fds, int first,
                            std::initializer_list<const char*> words, int program) {
  std::vector<const char*> argv = {"bryo-launcher", "stage"};
  argv.insert(argv.end(), words);
  argv.push_back(nullptr);
  ExecSealed(program, fds, first, argv);
  SendFailure(kSyncFd, kNoStep, Status::Errno("start the launcher's sealed copy"));
  ::_exit(125);
}

// The stage has the conversation's end already.
bool HandOver(const WaitingStage& stage, const StageDescriptors& descriptors) {
  constexpr char kGo = 'g';
  std::vector<int> fds = descriptors.InOrder();
  fds.erase(fds.begin() + kSyncPlace);
  return stage.pid > 0 && SendDescriptors(stage.sync.get(), &kGo, 1, fds) == 1;
}

pid_t ForkInto(int group) {
  clone_args args{};
  args.flags = CLONE_INTO_CGROUP;
  args.exit_signal = SIGCHLD;
  args.cgroup = static_cast<uint64_t>(group);
  return sys::clone3(args);
}

Status Fork(StageStart start, StageProcess& stage) {
  Status copied = start.copy.valid() ? Status() : MakeSealedCopy(start.copy);
  if (!copied.ok()) return copied;
  UniqueFd theirs;
  if (!SeqpacketPair(stage.sync, theirs)) return Status::Errno("socketpair");
  start.descriptors.sync = theirs.get();
  std::string text = start.target.Text();
  stage.pid = start.own_group >= 0 ? ForkInto(start.own_group) : ::fork();
  if (stage.pid == 0) {
    ExecStage(start.descriptors.InOrder(), kPlanFd, {"--target", text.c_str()}, start.copy.get());
  }
  return stage.pid > 0 ? Status()
                       : Status::Errno(start.own_group >= 0 ? "enter the control group" : "fork");
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
  std::vector<int> numbers = ReleaseAll(fds);
  numbers.insert(numbers.begin() + kSyncPlace, kSyncFd);
  int end = kPlanFd + static_cast<int>(numbers.size());
  Renumber(numbers, kPlanFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(end), ~0U, 0);
  return true;
}

Status SpawnStage(StageStart start, StageProcess& stage) {
  if (start.target.pid == 0 && HandOver(start.waiting, start.descriptors)) {
    stage.pid = start.waiting.pid;
    stage.sync = std::move(start.waiting.sync);
  } else {
    EndWaitingStage(std::move(start.waiting));
    Status forked = Fork(std::move(start), stage);
    if (!forked.ok()) return forked;
  }
  stage.end.reset(sys::pidfd_open(stage.pid));
  return {};
}

}  // namespace bryo
