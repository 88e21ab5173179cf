// Extended attributes that say how storage shows files, not what is in them: whoever could set them
// would have overlay filesystems believe it.
#pragma once

#include <string_view>

namespace bryo {

// Of the kernel's overlay (with userxattr and without), of fuse-overlayfs, and of what
// containers/storage and fuse-overlayfs show as owner and mode instead of a file's own
// (user.containers.override_stat).
inline bool BelongsToStorage(std::string_view name) {
  constexpr std::string_view kPrefixes[] = {
      "trusted.",         "user.overlay.",        "user.fuseoverlayfs.",
      "user.containers.", "security.containers.",
  };
  for (std::string_view prefix : kPrefixes) {
    if (name.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

}  // namespace bryo
