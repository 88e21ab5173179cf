// The files that tell a service manager of a container's processes (PIDFile= of
// systemd.service(5)).
#pragma once

#include <sys/types.h>

#include <string>

namespace bryo {

// Each path may be empty. A file that cannot be written is left out: the payload runs already.
void WritePidFiles(const std::string& payload_path, pid_t payload, const std::string& monitor_path);

}  // namespace bryo
