#include "launcher/parent.h"

#include <utility>

#include "launcher/detach.h"
#include "launcher/launch.h"
#include "launcher/run_arguments.h"

namespace bryo {

int RunMain(int argc, char** argv) {
  RunArguments arguments;
  if (!ReadRunArguments(argc, argv, arguments)) return 125;
  LeaveCaller();
  Launch launch(std::move(arguments));
  Status status = launch.Run();
  DetachStdio();
  if (status.ok()) return launch.Succeed();
  launch.Fail(status);
  return 125;
}

}  // namespace bryo
