// Files of a mount that shall belong to the container's user.
#include <fcntl.h>
#include <sys/stat.h>

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
  // One whose directory belongs to the user was given to it before: what lies in it stays as it is.
  struct stat st {};
  int slot = context.slots[op.slot].get();
  if (::fstatat(slot, "", &st, AT_EMPTY_PATH) == 0 && st.st_uid == identity.uid &&
      st.st_gid == identity.gid) {
    return {};
  }
  return ChownTree(slot, identity.uid, identity.gid);
}

}  // namespace bryo
