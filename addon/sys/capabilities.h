// Capabilities that a process gives up (capabilities(7)), as bits of their numbers.
#pragma once

#include <cstdint>

#include "sys/status.h"

namespace bryo {

// Keeps of those that this thread has only these, none of them for programs that it starts.
Status KeepCapabilities(uint64_t kept);

// Bars all others for good, also from root by starting a program. Takes CAP_SETPCAP.
Status BoundCapabilities(uint64_t kept);

}  // namespace bryo
