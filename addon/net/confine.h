// Rights that the holder of bridges gives up.
#pragma once

#include "sys/status.h"

namespace bryo {

// No new privileges, and none of the system calls by which a process takes hold of others or of
// more of the kernel than networks take: the holder reads what containers and servers of names
// send. What it starts afterwards is under the same: slirp4netns(1), which confines itself further.
Status ConfineHolder();

}  // namespace bryo
