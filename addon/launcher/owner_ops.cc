// Files of a mount that shall belong to the container's user.
#include "launcher/context.h"
#include "sys/chown_tree.h"
#include "sys/passwd.h"

namespace bryo {

// The user is looked up as the process's will be. The slot, not the place it is mounted on, says
// whose owners change: nobody can put something else in its way.
Status Run(LaunchContext& context, const OpOwnSlot& op) {
  if (op.slot >= context.slots.size() || !context.slots[op.slot].valid()) {
    return Status::Errno("slot " + std::to_string(op.slot), EBADF);
  }
  Identity identity;
  Status resolved = ResolveIdentity(context.root.get(), op.user, {}, identity);
  if (!resolved.ok()) return resolved;
  return ChownTree(context.slots[op.slot].get(), identity.uid, identity.gid);
}

}  // namespace bryo
