#include "worker/layer_marks.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "sys/fd.h"

namespace bryo {

Status MakeWhiteout(int directory, const char* name) {
  return ::mknodat(directory, name, S_IFCHR, makedev(0, 0)) == 0 ? Status() : Status::Errno(name);
}

Status MakeLayerWhiteout(int directory, const char* name) {
  Status made = MakeWhiteout(directory, name);
  if (!made.ok()) return made;
  UniqueFd fd(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Status::Errno("open a directory");
  // Where files may have no such attributes there is no overlay of the kernel's.
  bool marked = ::fsetxattr(fd.get(), kOriginXattr, "", 0, 0) == 0 || errno == ENOTSUP;
  return marked ? Status() : Status::Errno("mark a directory with whiteouts");
}

Status MakeOpaque(int directory) {
  UniqueFd fd(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!fd.valid()) return Status::Errno("open a directory");
  return ::fsetxattr(fd.get(), kOpaqueXattr, "y", 1, 0) == 0 ? Status()
                                                             : Status::Errno("mark as opaque");
}

bool IsOpaque(int directory) {
  char value = 0;
  return ::fgetxattr(directory, kOpaqueXattr, &value, 1) == 1 && value == 'y';
}

}  // namespace bryo
