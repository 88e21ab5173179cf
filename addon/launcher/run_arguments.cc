#include "launcher/run_arguments.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

#include "launcher/plan.h"

namespace bryo {

RunArguments ReadRunArguments(int argc, char** argv) {
  RunArguments arguments;
  arguments.target = ReadTarget(argc, argv);
  for (int i = 0; i < argc; ++i) {
    if (std::strcmp(argv[i], "--client") == 0) arguments.has_client = true;
    if (std::strcmp(argv[i], "--gate") == 0) arguments.has_gate = true;
    if (std::strcmp(argv[i], "--pod-link") == 0) arguments.has_pod_link = true;
    if (std::strcmp(argv[i], "--copy") == 0) arguments.has_copy = true;
    if (std::strcmp(argv[i], "--stage") == 0 && i + 1 < argc) {
      arguments.has_stage = true;
      arguments.stage_pid = static_cast<pid_t>(std::strtol(argv[++i], nullptr, 10));
    }
    if (std::strcmp(argv[i], "--lock") == 0 && i + 1 < argc) {
      arguments.lock = static_cast<int>(std::strtol(argv[++i], nullptr, 10));
    }
    if (std::strcmp(argv[i], "--restarts") == 0 && i + 1 < argc) {
      arguments.restarts = static_cast<uint32_t>(std::strtoul(argv[++i], nullptr, 10));
    }
    if (std::strcmp(argv[i], "--preserve") == 0 && i + 1 < argc) {
      long count = std::strtol(argv[++i], nullptr, 10);
      arguments.preserved = static_cast<int>(std::clamp(count, 0L, long{kMaxPreservedFds}));
    }
  }
  return arguments;
}

void KeepDescriptors(const RunArguments& arguments) {
  int end = arguments.end();
  for (int fd = kRunPlanFd; fd < end; ++fd) ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  if (arguments.lock >= 0) {
    ::fcntl(arguments.lock, F_SETFD, FD_CLOEXEC);
    ::syscall(SYS_close_range, static_cast<unsigned>(end), static_cast<unsigned>(arguments.lock - 1), 0);
    end = arguments.lock + 1;
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(end), ~0U, 0);
}

}  // namespace bryo
