// How a layer directory says "not there any more" (Linux overlayfs with the userxattr option).
#pragma once

#include <sys/stat.h>

#include "sys/status.h"

namespace bryo {

inline constexpr char kOpaqueXattr[] = "user.overlay.opaque";

// A whiteout is a character device 0:0.
inline bool IsWhiteout(const struct stat& st) { return S_ISCHR(st.st_mode) && st.st_rdev == 0; }

// Makes a whiteout; allowed in a user namespace since Linux 5.8.
Status MakeWhiteout(int directory, const char* name);

// Hides what lower layers have in the directory (an O_PATH descriptor is good enough).
Status MakeOpaque(int directory);

bool IsOpaque(int directory);

}  // namespace bryo
