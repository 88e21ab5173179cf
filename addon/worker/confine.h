// What a worker gives up before it reads hostile bytes.
#pragma once

namespace bryo {

// No new privileges, no core dumps, no system calls that no parser needs (programs, sockets, mounts,
// namespaces, other processes). For this thread and those it starts.
void ConfineCalls();

// That and, where the kernel has Landlock (5.19), no writing outside the directory (-1: none). Best
// effort: paths are resolved inside the directory in any case.
void ConfineTo(int directory);

}  // namespace bryo
