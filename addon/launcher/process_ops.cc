// Container operations on where the process is: at the barrier, in a working directory.
#include <fcntl.h>
#include <unistd.h>

#include "launcher/context.h"
#include "launcher/sync.h"
#include "sys/root_path.h"

namespace bryo {

// All preparations are done here; the parent answers once the network is there too.
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
// One that only the payload's user may enter, as on a FUSE filesystem, waits for the credentials.
Status Run(LaunchContext& context, const OpWorkdir& op) {
  if (op.again && !context.workdir_refused) return {};
  UniqueFd directory;
  Status entered = OpenInRoot(context.root.get(), op.path, O_PATH | O_DIRECTORY, directory);
  if (entered.ok() && ::fchdir(directory.get()) != 0) entered = Status::Errno(op.path);
  context.workdir_refused = entered.err() == EACCES;
  return context.workdir_refused && !op.again ? Status() : entered;
}

}  // namespace bryo
