// Opens what only the caller's own user namespace has the right to reach: with new ids a directory
// on the way may be closed to the stage, which has given up its capabilities over what is outside.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "launcher/context.h"

namespace bryo {

// Asks the launcher's parent for the host path of a storage operation; the result is a place in the
// stage's own mount namespace. ENOTSUP when there is nobody with more rights.
Status OpenOutside(LaunchContext& context, uint32_t storage_step, UniqueFd& place);

// The parent's answer: opened by a process of the caller's rights that has entered the stage's
// mounts.
Status AnswerOpenOutside(int socket, pid_t stage, const Plan& plan, uint32_t storage_step);

}  // namespace bryo
