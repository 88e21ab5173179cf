// Mounts whose owners are mapped (mount_setattr(2), "ID-mapped mounts").
#pragma once

#include <cstdint>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A user namespace with this mapping, by a descriptor: flat triples of an id of the filesystem, an
// id in this process's user namespace, a count.
Status PinMountIds(const std::vector<uint32_t>& uids, const std::vector<uint32_t>& gids,
                   UniqueFd& userns);

// Maps the owners of a detached mount. The kernel wants rights over the filesystem itself, as for a
// tmpfs that was made here.
Status MapMountIds(int mount, int userns, bool recursive);

}  // namespace bryo
