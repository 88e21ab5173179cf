// A process to join, by pid and start time: the pid alone may be another one's by now.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

struct Target {
  pid_t pid = 0;  // 0: none
  uint64_t start_ticks = 0;

  std::string Text() const;  // "PID:TICKS"
};

// The process that "PID:TICKS" names.
Target ParseTarget(const char* word);

// The value of --target among the arguments.
Target ReadTarget(int argc, char** argv);

// Pins a process: whoever has its pid later is not it. ESRCH when it has ended or is another by
// now.
Status PinTarget(const Target& target, UniqueFd& pidfd);

// Facts that were looked up by a pid before were those of the pinned process if this is false.
bool HasEnded(int pidfd);

// CLONE_NEW* flags of the namespaces in which a process differs from this one.
uint64_t DifferingNamespaces(pid_t pid);

}  // namespace bryo
