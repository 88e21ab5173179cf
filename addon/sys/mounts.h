// Mounting through descriptors (the mount API of Linux 5.2 and mount_setattr of 5.12).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A new, still detached filesystem. Each option is "key=value" or "flag".
Status MakeFilesystem(const std::string& type, const std::vector<std::string>& options,
                      uint64_t attributes, UniqueFd& out);

// A detached copy of the mount at a descriptor or path.
Status CloneMount(int dirfd, const char* path, bool recursive, bool no_follow, UniqueFd& out);

// Sets and clears MOUNT_ATTR_* on a mount; `propagation` is MS_SHARED, MS_SLAVE, … or 0.
Status ChangeMount(int mount, uint64_t set, uint64_t clear, bool recursive, uint64_t propagation);

// Attaches a detached mount at the place an O_PATH descriptor denotes.
Status Attach(int mount, int target);

}  // namespace bryo
