// Container operations on where the process is: at the barrier, in a working directory.
#include <fcntl.h>
#include <unistd.h>

#include "launcher/context.h"
#include "launcher/sync.h"
#include "sys/root_path.h"

namespace bryo {

// Everything that can be prepared is; the parent answers once the network is there too.
Status Run(LaunchContext& context, const OpBarrier&) {
  SyncMessage answer{};
  if (!SendSync(kSyncFd, SyncType::kReady) || !ReceiveSync(kSyncFd, answer) ||
      answer.type != SyncType::kStart) {
    ::_exit(125);  // the parent has given up: it knows why
  }
  context.payload_pid = answer.number;
  return {};
}

// The descriptor comes from a walk inside the root, so the directory cannot be outside of it.
Status Run(LaunchContext& context, const OpWorkdir& op) {
  UniqueFd directory;
  Status opened;
  if (op.create) {
    opened = EnsureInRoot(context.root.get(), op.path, Missing::kDirectory, false, directory);
  } else {
    opened = OpenInRoot(context.root.get(), op.path, O_PATH | O_DIRECTORY, directory);
  }
  if (!opened.ok()) return opened;
  return ::fchdir(directory.get()) == 0 ? Status() : Status::Errno(op.path);
}

}  // namespace bryo
