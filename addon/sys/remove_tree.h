// Removing a directory tree that a container has filled: its depth, modes and names are hostile.
#pragma once

#include "sys/status.h"

namespace bryo {

// Removes `name` in the directory `dirfd` with all that is below it. Symbolic links are removed,
// never followed; a mount point is an error; what is not there, or is just being removed by others,
// is success. Uses a bounded number of descriptors whatever the depth.
Status RemoveTree(int dirfd, const char* name);

}  // namespace bryo
