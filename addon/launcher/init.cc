#include "launcher/init.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <string>

#include "launcher/bare_images.h"
#include "launcher/sealed_copy.h"

namespace bryo {

Status PrepareInit(LaunchContext& context) {
  const auto* exec = std::get_if<OpExec>(&context.plan->container.back());
  if (exec == nullptr || !exec->init) return {};
  return MakeSealedProgram("bryo-init", InitImage(), context.init_program);
}

Status BecomeInit(const LaunchContext& context, pid_t child) {
  std::string pid = std::to_string(child);
  const char* argv[] = {"bryo-init", pid.c_str(), nullptr};
  // The sync socket goes with exec: that tells the parent. What is preserved belongs to the child
  // alone.
  ::syscall(SYS_close_range, 3U, static_cast<unsigned>(context.sync_fd - 1), 0);
  ExecSealed(context.init_program.get(), {}, context.sync_fd + 1, argv);
  return Status::Errno("start the container's init");
}

}  // namespace bryo
