// The program proper as a child of the front.
#pragma once

#include <sys/types.h>

#include <string>

#include "sys/fd.h"

namespace bryo {

struct Command {
  pid_t pid = -1;
  UniqueFd socket;  // its messages: protocol.h
};

// Starts it; false with errno set when that cannot be. All signals are blocked afterwards. The
// child has the signals as they were and ends when this process is killed.
bool StartCommand(const std::string& path, char** argv, Command& command);

}  // namespace bryo
