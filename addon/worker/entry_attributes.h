// Extended attributes that an archive may set: file capabilities and the user's own, but nothing
// that overlayfs itself or a security module of the host would believe.
#pragma once

#include <string>
#include <string_view>

#include "sys/status.h"

namespace bryo {

// Access control lists (acl(5)).
inline constexpr std::string_view kAccessAcl = "system.posix_acl_access";
inline constexpr std::string_view kDefaultAcl = "system.posix_acl_default";

bool MayKeep(std::string_view name);

// The kernel takes the ids of access control lists for those of this user namespace.
// `path` is the entry's. What the filesystem does not know or allow is left out.
Status SetAttribute(int fd, const std::string& path, const std::string& name,
                    const std::string& value);

}  // namespace bryo
