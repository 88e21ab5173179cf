#include "api/main.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

#include "api/options.h"
#include "api/server.h"
#include "monitor/protect.h"

namespace bryo {
namespace {

constexpr int kFailure = 125;

}  // namespace

int ApiMain(int argc, char** argv) {
  api::Options options;
  if (!api::ReadOptions(argc, argv, options)) {
    std::fprintf(stderr, "bryo-launcher: api: these arguments make no sense\n");
    return kFailure;
  }
  ::prctl(PR_SET_NAME, "bryo-api");
  ::prctl(PR_SET_DUMPABLE, 0);
  if (options.with_parent) ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  OccupyStandardStreams();
  UniqueFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (null.valid()) ::dup2(null.get(), STDIN_FILENO);
  null.reset();
  api::SetLogLevel(options.log_level);
  static api::Server server;
  Status opened = server.Open(options);
  if (!opened.ok()) {
    std::fprintf(stderr, "Error: %s\n", opened.message().c_str());
    return kFailure;
  }
  return server.Run() ? 0 : kFailure;
}

}  // namespace bryo
