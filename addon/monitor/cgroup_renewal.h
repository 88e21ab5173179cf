// A control group in the place of one that was killed.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo {

// Replaces a group that is empty but for groups below it by a new one with the same limits, whoever
// set them. An empty path is no group. On failure there is no group, or one that nothing may start
// in.
//
// A group that `cgroup.kill` was written to is not used again: Linux 6.18 goes on to kill what is
// cloned into it (clone3(2), CLONE_INTO_CGROUP). And the old one has counted the old run's
// out-of-memory kills, and may hand its controllers down, after which no process may be in it.
Status RenewCgroup(const std::string& path);

}  // namespace bryo
