// Container operations that make all ready for another OCI runtime, which is then the payload.
#include <fcntl.h>

#include "launcher/context.h"
#include "launcher/layers.h"
#include "sys/mounts.h"

namespace bryo {

// A runtime is called with the path of a root filesystem.
Status Run(LaunchContext& context, const OpAttachRoot& op) {
  UniqueFd place;
  Status opened = OpenDirectory(op.path, place);
  if (!opened.ok()) return opened;
  Status attached = Attach(context.root.get(), place.get());
  if (!attached.ok()) return Status::Errno("root filesystem: " + attached.what(), attached.err());
  // The host's procfs shows settings of the network namespace that was made with this process.
  context.proc.reset(::open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return context.proc.valid() ? Status() : Status::Errno("/proc");
}

Status Run(LaunchContext& context, const OpLeaveRoot&) {
  context.root.reset(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  return context.root.valid() ? Status() : Status::Errno("/");
}

}  // namespace bryo
