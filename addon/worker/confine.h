// What a worker gives up before it reads hostile bytes.
#pragma once

namespace bryo {

// No new privileges, no core dumps, and, where the kernel has Landlock (5.19), no writing outside
// the directory. Best effort: paths are resolved inside the directory in any case.
void ConfineTo(int directory);

}  // namespace bryo
