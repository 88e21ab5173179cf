// Limits of a process on its own resources (setrlimit(2)).
#pragma once

#include "sys/status.h"

namespace bryo {

// As many descriptors as it may have.
void RaiseDescriptorLimit();

// Takes away whatever serving does without: processes, core files, locked memory, queues of
// messages.
Status ForbidResources();

}  // namespace bryo
