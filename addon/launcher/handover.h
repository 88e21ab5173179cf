// Descriptors for the caller of an OCI runtime: the terminal of a container that has no monitor,
// the listener of a filter with notifications.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo {

// Sends a text and with it a descriptor (SCM_RIGHTS) to the listening stream socket at `path`
// (runc's docs/terminals.md; config-linux.md, "The Container Process State").
Status SendDescriptor(const std::string& path, std::string text, int fd);

}  // namespace bryo
