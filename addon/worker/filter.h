// Which system calls a worker may still make: those of its duty and no others.
#pragma once

#include "sys/status.h"
#include "worker/confine.h"

namespace bryo {

// For this thread and those that it starts. Others fail with ENOSYS, which C libraries know from
// older kernels; those of another ABI of the machine end the process.
Status FilterCalls(Duty duty);

}  // namespace bryo
