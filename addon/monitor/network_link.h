// A name for the network namespace of a container that runs: a link to it in the monitor's
// directory.
#pragma once

#include <sys/types.h>

#include <string>

namespace bryo {

// `directory` is the monitor's, which has the container's id for its name; empty: none. Without the
// link nothing but the name is missing.
void LinkNetwork(const std::string& directory, pid_t payload);
void UnlinkNetwork(const std::string& directory);

}  // namespace bryo
