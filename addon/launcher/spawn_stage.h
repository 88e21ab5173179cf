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

struct StageStart {
  // The plan, the payload's standard input, output and error, the control group or something that is no
  // directory, then what the payload shall get from 3 on. Everything else is closed in the stage.
  std::vector<int> fds;
  Target target;         // handed on to it
  UniqueFd copy;         // the sealed copy, or none: then it is made
  WaitingStage waiting;  // or none; taken if it can be: it knows no target
  int own_group = -1;    // the directory of a control group that the stage enters itself, or -1
};

// `sync` is this side of the conversation with the stage (sync.h).
Status SpawnStage(StageStart start, pid_t& stage, UniqueFd& sync);

}  // namespace bryo
