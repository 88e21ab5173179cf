// Paths inside a container's root filesystem, which is hostile: resolved component by component
// from a pinned descriptor, symbolic links kept inside, magic links never followed.
#pragma once

#include <sys/types.h>

#include <string_view>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Opens an existing path beneath `root` (openat2 RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS).
// With O_PATH in `flags` the result is only a place. Status carries ENOENT when it is not there.
Status OpenInRoot(int root, std::string_view path, int flags, UniqueFd& out);

enum class Missing { kDirectory, kFile };

// Opens `path` beneath `root` as an O_PATH descriptor, making what is missing: directories on the
// way (mode 0755) and, at the end, a directory or an empty file. Follows links within the root,
// also dangling ones, up to 40 in all. `no_follow`: the last component must not be a link.
Status EnsureInRoot(int root, std::string_view path, Missing kind, bool no_follow, UniqueFd& out,
                    mode_t mode = 0755);

// Opens (making it) the directory that holds the last component, and gives that component's name.
Status OpenParentInRoot(int root, std::string_view path, UniqueFd& parent, std::string& name);

}  // namespace bryo
