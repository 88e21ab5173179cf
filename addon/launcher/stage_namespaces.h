// The namespaces that the stage makes and joins, and those that are left for the payload's child.
#pragma once

#include <string>

#include "launcher/context.h"
#include "sys/status.h"

namespace bryo {

// The stage's user and mount namespaces, and all that are joined from it. Those of control groups
// and mounts are only opened.
Status CreateNamespaces(LaunchContext& context);

// For the stage's children, with these lines of timens_offsets (time_namespaces(7)).
Status MakeTimeNamespace(const std::string& offsets);

// Enters the mount namespace that is joined. With a root filesystem it becomes the container's,
// which that of the caller and that of process 1 cannot; without one its own root is taken.
Status JoinMounts(LaunchContext& context);

// In the child: the root of a namespace of its own is the group in which its maker is.
Status EnterCgroupNamespace(const LaunchContext& context);

// Whether the child needs to be connected while the host must not see it, for it is among the
// processes of another container.
bool IsNetworkHidden(const Plan& plan);

}  // namespace bryo
