// The way of a launch's payload into its control group: the stage clones it into that, or is in
// there itself.
#pragma once

#include "plan/plan.h"
#include "sys/target.h"

namespace bryo {

// True: the stage could not, for where it will be by then it has no rights to the group
// `directory`, and has to be in it before. `target` is the process to join where the plan names
// none.
bool IsStageInGroup(const Plan& plan, const Target& target, int directory);

}  // namespace bryo
