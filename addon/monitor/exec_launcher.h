// Becoming a launcher: this very program in mode "run".
#pragma once

#include <vector>

namespace bryo {

// Descriptors of a launcher, as src/monitor/launch.ts hands them over.
inline constexpr int kFirstLauncherFd = 3;

// Places the descriptors from 3 on in this order and executes the program with `argv` (ending in
// nullptr). Returns only when that fails. Everything else that is not to stay must be
// close-on-exec.
void ExecLauncher(const std::vector<const char*>& argv, std::vector<int> fds);

}  // namespace bryo
