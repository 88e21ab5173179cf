#include "launcher/await_start.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "launcher/sealed_copy.h"
#include "launcher/stage.h"
#include "launcher/sync.h"
#include "sys/arguments.h"
#include "sys/io.h"

namespace bryo {
namespace {

Status CopyLater(size_t from, UniqueFd& out) {
  out.reset(::memfd_create("bryo-plan", MFD_CLOEXEC));
  if (!out.valid()) return Status::Errno("memfd_create");
  char block[4096];
  for (auto at = static_cast<off_t>(from);;) {
    ssize_t got = ::pread(kPlanFd, block, sizeof(block), at);
    if (got == 0) return {};
    if (got < 0 || !WriteFull(out.get(), block, static_cast<size_t>(got))) {
      return Status::Errno("launch plan");
    }
    at += got;
  }
}

// With write(2), which every filter of system calls allows.
bool Tell(SyncType type) {
  SyncMessage message{};
  message.type = type;
  return ::write(kSyncFd, &message, sizeof(message)) == sizeof(message);
}

Status AwaitStart(LaunchContext& context) {
  if (!Tell(SyncType::kCreated)) return Status::Errno("created");
  char go = 0;
  if (!ReadFull(context.start_fifo.get(), &go, 1)) return Status::Errno("start");
  context.start_fifo.reset();
  context.released = true;
  if (context.plan->handover) return {};  // nobody is left to tell
  return Tell(SyncType::kReleased) ? Status() : Status::Errno("released");
}

std::string NumberList(const std::vector<uint32_t>& numbers) {
  std::string list;
  for (uint32_t number : numbers) list += (list.empty() ? "" : ",") + std::to_string(number);
  return list;
}

std::vector<uint32_t> ReadNumberList(const char* list) {
  std::vector<uint32_t> numbers;
  char* end = nullptr;
  for (const char* at = list; *at != '\0'; at = *end == ',' ? end + 1 : end) {
    numbers.push_back(static_cast<uint32_t>(std::strtoul(at, &end, 10)));
    if (end == at) break;
  }
  return numbers;
}

// A process that waits with a terminal must not hold open the streams of the command that made it.
Status KeepTerminalOnly(int slave) {
  for (int fd : {0, 1, 2, kPayloadStdin, kPayloadStdout, kPayloadStderr}) {
    if (::dup2(slave, fd) < 0) return Status::Errno("terminal");
  }
  return {};
}

}  // namespace

Status PrepareAwaitStart(LaunchContext& context) {
  const Plan& plan = *context.plan;
  if (plan.later_at == 0) return {};
  context.own_program.reset(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  if (!context.own_program.valid()) return Status::Errno("/proc/self/exe");
  return CopyLater(plan.later_at, context.later);
}

Status BecomeAwaitStart(const LaunchContext& context) {
  const Plan& plan = *context.plan;
  if (context.pty_slave.valid()) {
    Status kept = KeepTerminalOnly(context.pty_slave.get());
    if (!kept.ok()) return kept;
  }
  auto preserved = static_cast<int>(plan.preserved_fds.size());
  StageDescriptors given;
  given.plan = context.later.get();
  given.sync = kSyncFd;
  for (int fd = 0; fd < 3; ++fd) given.payload[fd] = kPayloadStdin + fd;
  given.cgroup = context.start_fifo.get();
  for (int i = 0; i < preserved; ++i) given.preserved.push_back(kPreservedFds + i);
  // After those: the terminal and the init program, if the payload has them.
  std::vector<int> fds = given.InOrder();
  std::string pid = std::to_string(context.payload_pid);
  std::string numbers = NumberList(plan.preserved_fds);
  std::string step =
      std::to_string(context.first_step + plan.container.size() - plan.later_records);
  std::vector<const char*> argv = {
      "bryo-launcher", "await",  "--pid",      pid.c_str(), "--preserved",
      numbers.c_str(), "--step", step.c_str(), "--home",    context.identity.home.c_str()};
  if (plan.handover) argv.push_back("--handover");
  if (context.pty_slave.valid()) {
    argv.push_back("--terminal");
    fds.push_back(context.pty_slave.get());
  }
  if (context.init_program.valid()) {
    argv.push_back("--init");
    fds.push_back(context.init_program.get());
  }
  argv.push_back(nullptr);
  ExecSealed(context.own_program.get(), fds, kLaterFd, argv);
  return Status::Errno("start the process that waits");
}

int AwaitStartMain(int argc, char** argv) {
  Arguments arguments(argc, argv);
  Plan plan;
  plan.preserved_fds = ReadNumberList(arguments.Text("--preserved"));
  if (arguments.Has("--handover")) plan.handover.emplace();
  int next = kPreservedFds + static_cast<int>(plan.preserved_fds.size());
  LaunchContext context;
  context.plan = &plan;
  context.start_fifo.reset(kStartFd);
  if (arguments.Has("--terminal")) context.pty_slave.reset(next++);
  if (arguments.Has("--init")) context.init_program.reset(next++);
  for (int fd = kLaterFd; fd < next; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  context.payload_pid = arguments.Number("--pid");
  context.identity.home = arguments.Text("--home");
  context.first_step = static_cast<size_t>(arguments.Number("--step"));
  // A change of ids took this away; now they are final.
  if (!plan.handover) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  size_t step = 0;
  // First, so that nothing but its streams, its socket and what was handed to it is open while it
  // waits.
  Status status = ReadRecords(kLaterFd, plan);
  ::close(kLaterFd);
  if (status.ok()) status = AwaitStart(context);
  if (status.ok()) status = RunContainerOps(context, step);
  FailChild(context, step, status);
}

}  // namespace bryo
