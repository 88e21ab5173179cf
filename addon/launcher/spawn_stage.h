// Starts the stage: the launcher's second process, run from a sealed copy.
#pragma once

#include <sys/types.h>

#include "launcher/stage_descriptors.h"
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

// In a waiting stage: takes the descriptors of stage_descriptors.h. False when there will be no
// launch.
bool AwaitLaunch();

// The stage once it has been started.
struct StageProcess {
  pid_t pid = -1;
  UniqueFd sync;  // this side of the conversation with it (sync.h)
  UniqueFd end;   // readable once it has ended
};

struct StageStart {
  // All but the conversation's end. Everything else is closed in the stage.
  StageDescriptors descriptors;
  Target target;         // handed on to it
  UniqueFd copy;         // the sealed copy, or none: then it is made
  WaitingStage waiting;  // or none; taken if it can be: it knows no target
  int own_group = -1;    // the directory of a control group that the stage starts in, or -1
};

Status SpawnStage(StageStart start, StageProcess& stage);

}  // namespace bryo
