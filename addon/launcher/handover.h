// Descriptors for the caller of an OCI runtime: the terminal of a container that has no monitor,
// the listener of a filter with notifications.
#pragma once

#include <sys/types.h>

#include <string>

#include "plan/ops.gen.h"
#include "sys/status.h"

namespace bryo {

// Sends a text and with it a descriptor (SCM_RIGHTS) to the listening stream socket at `path`
// (runc's docs/terminals.md; config-linux.md, "The Container Process State").
Status SendDescriptor(const std::string& path, std::string text, int fd);

// Sends a filter's listener to the agent that `plan` names, with the state of the process
// `payload`.
Status SendListener(const HeaderSeccompListener& plan, pid_t payload, int listener);

}  // namespace bryo
