#include "worker/layer_marks.h"

#include <fcntl.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

#include "sys/fd.h"

namespace bryo {

Status MakeWhiteout(int directory, const char* name) {
  return ::mknodat(directory, name, S_IFCHR, makedev(0, 0)) == 0 ? Status() : Status::Errno(name);
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
