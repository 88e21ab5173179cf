// How a layer directory says "not there any more" (Linux overlayfs with the userxattr option).
#pragma once

#include <sys/stat.h>

#include "sys/status.h"

namespace bryo {

inline constexpr char kOpaqueXattr[] = "user.overlay.opaque";
inline constexpr char kOriginXattr[] = "user.overlay.origin";

// A whiteout is a character device 0:0.
inline bool IsWhiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

// Makes a whiteout; allowed in a user namespace since Linux 5.8.
Status MakeWhiteout(int directory, const char* name);

// Makes one that may have nothing to hide (an O_PATH descriptor is good enough): of a directory
// that no lower layer has, too, the kernel shows the whiteouts in listings unless the directory
// says that it was copied from below (user.overlay.origin, empty: from where is not known;
// ovl_get_inode()).
Status MakeLayerWhiteout(int directory, const char* name);

// Hides what lower layers have in the directory (an O_PATH descriptor is good enough).
Status MakeOpaque(int directory);

bool IsOpaque(int directory);

}  // namespace bryo
