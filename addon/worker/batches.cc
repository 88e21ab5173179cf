#include "worker/batches.h"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "sys/io.h"

namespace bryo {
namespace {

constexpr int kBatch = 64;

}  // namespace

int RunInBatches(int argc, char** argv, int (*run)(int argc, char** argv, bool first)) {
  if (argc <= kBatch) return run(argc, argv, true);
  int worst = 0;
  for (int at = 0; at < argc; at += kBatch) {
    std::fflush(stdout);
    pid_t pid = ::fork();
    if (pid == 0) {
      int code = run(std::min(kBatch, argc - at), argv + at, at == 0);
      std::fflush(stdout);
      ::_exit(code);
    }
    int status = pid < 0 ? -1 : WaitFor(pid);
    worst = std::max(worst, WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  return worst;
}

}  // namespace bryo
