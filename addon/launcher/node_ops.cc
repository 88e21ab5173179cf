// Container operations on device nodes and FIFOs that are made, not bound.
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "launcher/context.h"
#include "sys/mounts.h"
#include "sys/root_path.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

bool IsNode(const struct stat& st, const OpMakeNode& op) {
  if ((st.st_mode & S_IFMT) != op.type) return false;
  return op.type == S_IFIFO || (major(st.st_rdev) == op.major && minor(st.st_rdev) == op.minor);
}

// A node with the mode that it shall have, which no chmod(2) could be led astray to give it. One
// that has been there is made anew; anything else at its place, a link above all, stays.
Status MakeNode(const OpMakeNode& op, int parent, const char* name) {
  struct stat st {};
  if (::fstatat(parent, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
    if (!IsNode(st, op)) return Status::Errno("something else is there", EEXIST);
    if (::unlinkat(parent, name, 0) != 0) return Status::Errno("unlink");
  }
  mode_t mask = ::umask(0);
  int made = ::mknodat(parent, name, op.type | op.mode, makedev(op.major, op.minor));
  int err = errno;
  ::umask(mask);
  return made == 0 ? Status() : Status::Errno("mknod", err);
}

Status OpenNode(const OpMakeNode& op, int parent, const char* name, UniqueFd& node) {
  node.reset(::openat(parent, name, O_PATH | O_NOFOLLOW | O_CLOEXEC));
  struct stat st {};
  if (!node.valid() || ::fstat(node.get(), &st) != 0) return Status::Errno("open");
  return IsNode(st, op) ? Status() : Status::Errno("something else is there", EEXIST);
}

// Of a mount without devices everybody sees the node, and nobody opens it.
Status Close(int node) {
  UniqueFd mount;
  Status closed = CloneMount(node, "", false, true, mount);
  if (closed.ok()) closed = ChangeMount(mount.get(), MOUNT_ATTR_NODEV, 0, false, 0);
  return closed.ok() ? Attach(mount.get(), node) : closed;
}

Status Make(LaunchContext& context, const OpMakeNode& op) {
  UniqueFd parent;
  std::string name;
  Status done = OpenParentInRoot(context.root.get(), op.path, parent, name);
  if (!done.ok()) return done;
  done = MakeNode(op, parent.get(), name.c_str());
  UniqueFd node;
  if (done.ok()) done = OpenNode(op, parent.get(), name.c_str(), node);
  if (!done.ok()) return done;
  // A change of owner takes away set-user-ID bits, which say nothing on a node.
  if (::fchownat(node.get(), "", op.uid, op.gid, AT_EMPTY_PATH) != 0) return Status::Errno("chown");
  return op.closed ? Close(node.get()) : Status();
}

}  // namespace

Status Run(LaunchContext& context, const OpMakeNode& op) {
  Status made = Make(context, op);
  return made.ok() ? made : Status::Errno(op.path + ": " + made.what(), made.err());
}

}  // namespace bryo
