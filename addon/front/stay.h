// The front of a command that may end as an attach client.
#pragma once

#include <string>

namespace bryo {

// Runs the program as a child and returns its exit status, or ends by the signal that ended it.
// When the command says that a payload runs, this process goes on as its attach client: the
// JavaScript engine's memory is taken down meanwhile, and no second program has to be loaded. False
// with errno set when the program cannot be started.
bool StayInFront(const std::string& path, char** argv, int& exit_code);

}  // namespace bryo
