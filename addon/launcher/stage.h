// The stage: the launcher's sealed copy that makes the namespaces and clones the payload's child.
#pragma once

#include "launcher/context.h"

namespace bryo {

// Descriptors are those of stage_descriptors.h, or with --wait still to come (spawn_stage.h); the
// protocol is sync.h's. Returns the exit status.
int StageMain(int argc, char** argv);

// Ends the payload's child because of a failed container operation, and tells whoever listens.
[[noreturn]] void FailChild(const LaunchContext& context, size_t step, const Status& status);

}  // namespace bryo
