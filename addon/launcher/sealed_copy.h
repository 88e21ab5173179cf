// A sealed in-memory copy of this program.
#pragma once

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A container whose root is the caller's own id could open /proc/self/exe of the process that execs
// its payload and overwrite the program on disk (CVE-2019-5736). What runs there is a copy in a
// memfd that nobody can write.
Status MakeSealedCopy(UniqueFd& out);

}  // namespace bryo
