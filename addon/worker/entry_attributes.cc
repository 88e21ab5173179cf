#include "worker/entry_attributes.h"

#include <sys/xattr.h>

#include <cerrno>

#include "sys/storage_attributes.h"

namespace bryo {

bool MayKeep(std::string_view name) {
  if (name == "security.capability") return true;
  if (name == kAccessAcl || name == kDefaultAcl) return true;
  return name.substr(0, 5) == "user." && !BelongsToStorage(name);
}

Status SetAttribute(int fd, const std::string& path, const std::string& name,
                    const std::string& value) {
  int set = ::fsetxattr(fd, name.c_str(), value.data(), value.size(), 0);
  if (set == 0 || errno == ENOTSUP || errno == EPERM) return {};
  if (errno == EINVAL && (name == kAccessAcl || name == kDefaultAcl)) {
    return Status::Error("\"" + path + "\" has an access control list that is malformed or names" +
                         " an id that is not mapped (see 'bryo doctor')");
  }
  return Status::Errno("set the attribute " + name);
}

}  // namespace bryo
