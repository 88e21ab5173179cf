// What an OCI runtime's caller gets: the terminal of a container that has no monitor.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo {

// Sends the terminal's master with SCM_RIGHTS to the listening socket at `path`
// (runc's docs/terminals.md).
Status SendConsole(const std::string& path, int master);

}  // namespace bryo
