// Writing the id maps of a new user namespace (user_namespaces(7)).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "sys/status.h"

namespace bryo {

// `extents` are flat triples: id inside, id outside, count.
using IdExtents = std::vector<uint32_t>;

// Runs newuidmap and newgidmap (shadow's setuid helpers) side by side for the process.
// The process must still be dumpable: the helpers refuse one whose /proc entry is not the caller's.
Status MapIdsWithHelpers(pid_t pid, const IdExtents& uids, const IdExtents& gids);

// Writes the maps directly. `deny_setgroups` must be set when the writer lacks CAP_SETGID in the
// parent namespace (a single-id map).
Status MapIdsDirectly(pid_t pid, const IdExtents& uids, const IdExtents& gids, bool deny_setgroups);

}  // namespace bryo
