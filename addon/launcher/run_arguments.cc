#include "launcher/run_arguments.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>
#include <utility>

#include "plan/plan.h"
#include "sys/arguments.h"
#include "sys/contract.gen.h"

namespace bryo {
namespace {

bool ReadNames(std::string_view text, std::vector<LauncherFd>& out) {
  while (!text.empty()) {
    size_t comma = text.find(',');
    if (!FromWord(text.substr(0, comma), out.emplace_back())) return false;
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return true;
}

UniqueFd& Place(RunArguments& arguments, LauncherFd name) {
  switch (name) {
    case LauncherFd::kPlan:
      return arguments.plan;
    case LauncherFd::kStatus:
      return arguments.status;
    case LauncherFd::kClient:
      return arguments.client;
    case LauncherFd::kGate:
      return arguments.gate;
    case LauncherFd::kPodLink:
      return arguments.pod_link;
    case LauncherFd::kCaller:
      return arguments.caller;
    case LauncherFd::kCopy:
      return arguments.copy;
    case LauncherFd::kStage:
      return arguments.stage.sync;
    case LauncherFd::kBridgeUsers:
      return arguments.bridges.users;
    case LauncherFd::kBridgeNetwork:
      return arguments.bridges.network;
    case LauncherFd::kLease:
      return arguments.bridges.leases.emplace_back();
    case LauncherFd::kPublished:
      return arguments.published.emplace_back();
    case LauncherFd::kPreserved:
      break;
  }
  return arguments.preserved.emplace_back();
}

void CloseRange(int first, int last) {
  ::syscall(SYS_close_range, static_cast<unsigned>(first), static_cast<unsigned>(last), 0);
}

}  // namespace

int CountDescriptors(int argc, char** argv) {
  std::vector<LauncherFd> names;
  return ReadNames(Arguments(argc, argv).Text("--fds"), names) ? static_cast<int>(names.size())
                                                               : -1;
}

bool ReadRunArguments(int argc, char** argv, RunArguments& out) {
  Arguments words(argc, argv);
  std::vector<LauncherFd> names;
  if (!ReadNames(words.Text("--fds"), names)) return false;
  int next = kFirstLauncherFd;
  for (LauncherFd name : names) {
    ::fcntl(next, F_SETFD, FD_CLOEXEC);
    Place(out, name).reset(next++);
  }
  if (words.Has("--lock")) {
    int lock = words.Number("--lock");
    if (lock < next) return false;
    ::fcntl(lock, F_SETFD, FD_CLOEXEC);
    out.lock.reset(lock);
    if (lock > next) CloseRange(next, lock - 1);
    next = lock + 1;
  }
  CloseRange(next, -1);
  if (words.Has("--stage")) out.stage.pid = words.Number("--stage");
  out.restarts = static_cast<uint32_t>(words.Number("--restarts"));
  out.target = ReadTarget(argc, argv);
  return out.plan.valid() && out.status.valid() && out.preserved.size() <= kMaxPreservedFds;
}

}  // namespace bryo
