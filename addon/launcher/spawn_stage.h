// Starts the stage: the launcher's second process, run from a sealed copy.
#pragma once

#include <sys/types.h>

#include <vector>

#include "sys/fd.h"
#include "sys/status.h"
#include "sys/target.h"

namespace bryo {

// `fds`: the plan, the payload's standard input, output and error, then what it shall get from 3 on.
// Everything else is closed in the stage. `sync` is this side of their conversation (sync.h).
// `target` is handed on to it. `copy` is the sealed copy, or none: then it is made.
Status SpawnStage(std::vector<int> fds, const Target& target, UniqueFd copy, pid_t& stage,
                  UniqueFd& sync);

}  // namespace bryo
