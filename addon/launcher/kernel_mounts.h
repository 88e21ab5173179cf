// Filesystems of the kernel's, which show the container's namespaces, or the host's where it has
// none of its own.
#pragma once

#include "launcher/context.h"

namespace bryo {

// Whether a mode is asked for.
bool HasMode(const std::vector<std::string>& options);

// The options of a filesystem that is about to be mounted over what the files have there: a tmpfs
// looks like the directory, unless another mode is asked for.
std::vector<std::string> OptionsOver(const LaunchContext& context, const OpMountFs& op);

// Makes what `op` asks for as a detached mount. Only a namespace's own container has the right to a
// new mount of what shows it: of one that is shared the host's mount is taken, and of control
// groups the container's own part of the tree.
Status MakeKernelFilesystem(const LaunchContext& context, const OpMountFs& op,
                            const std::vector<std::string>& options, UniqueFd& mount);

// An empty directory to cover one that is masked. All of a container are copies of the first: a
// superblock for each would cost it memory.
Status MaskDirectory(LaunchContext& context, UniqueFd& cover);

}  // namespace bryo
