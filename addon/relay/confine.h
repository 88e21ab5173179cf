// Rights that the relay keeps.
#pragma once

#include "sys/status.h"

namespace bryo {

// No capability, no new privileges, and no system call but those that relaying takes: it handles
// what anybody on the network may send, and has the host's files in sight.
Status ConfineRelay();

}  // namespace bryo
