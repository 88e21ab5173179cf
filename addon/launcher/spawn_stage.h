// Starts the stage: the launcher's second process, run from a sealed copy.
#pragma once

#include <sys/types.h>

#include <vector>

#include "sys/fd.h"
#include "sys/status.h"
#include "sys/target.h"

namespace bryo {

// A stage that runs already and waits for its descriptors on the other end of `sync`.
struct WaitingStage {
  pid_t pid = -1;
  UniqueFd sync;
};

// Before there is a plan; the copy stays open. No stage is no failure: SpawnStage starts one then.
WaitingStage StartWaitingStage(const UniqueFd& copy);

// For a launch that cannot use it.
void EndWaitingStage(WaitingStage stage);

// In a waiting stage: takes the descriptors of context.h. False when there will be no launch.
bool AwaitLaunch();

// `fds`: the plan, the payload's standard input, output and error, the control group, then what the
// payload shall get from 3 on. Everything else is closed in the stage. `sync` is this side of their
// conversation (sync.h). `target` is handed on to it. `copy` is the sealed copy, or none: then it is
// made. `waiting` is taken if there is one and it can be: it knows no target.
Status SpawnStage(std::vector<int> fds, const Target& target, UniqueFd copy, WaitingStage waiting,
                  pid_t& stage, UniqueFd& sync);

}  // namespace bryo
