// The end of a container's control group (cgroups(7), the unified hierarchy).
#pragma once

#include <string>

namespace bryo {

// Whether the kernel has killed a process of the group for lack of memory (memory.events).
// False for an empty path, and where the memory controller is not enabled.
bool HadOutOfMemoryKill(const std::string& path);

// Kills what is left in the group, such as strays of a container without a pid namespace, and
// removes it with the groups that were made inside it. An empty path is no group.
void RemoveCgroup(const std::string& path);

// Kills what is left in the group and waits until it is empty; the group stays.
void EmptyCgroup(const std::string& path);

// Whether the group's processes are frozen. False for an empty path.
bool IsFrozen(const std::string& path);

}  // namespace bryo
