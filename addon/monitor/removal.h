// Removal of a container's files when it has ended.
#pragma once

#include <string>

#include "monitor/monitor.h"

namespace bryo {

// Deletes a file or a whole tree. What belongs to mapped ids is deleted by a child process that
// enters `userns_fd` (-1: none) and is root there. A volume that another container has as well
// (--volumes-from) stays. False when something else is left.
bool RemovePath(const std::string& path, int userns_fd);

// Deletes what the configuration says, unless it is kept; false when something is left.
bool RemovePaths(const MonitorConfig& config, int userns_fd);

}  // namespace bryo
