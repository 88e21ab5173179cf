// The word to a waiting launcher from whoever starts it: where its payload's control group is.
#pragma once

#include <string>

#include "sys/fd.h"

namespace bryo {

// A pipe from which the launcher reads the path, as from the command line; invalid when that
// failed.
UniqueFd MakeGate(const std::string& path);

// Reads the path, waiting until the gate is closed. False: there is no whole line, and the group
// may have been half made by somebody who was killed.
bool ReadGate(UniqueFd gate, std::string& path);

}  // namespace bryo
