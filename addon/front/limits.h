// What the JavaScript engine cannot start without, and would only tell of in pages of its own.
#pragma once

#include <string>

namespace bryo {

// Makes sure that descriptors 0 to 2 are open: what is opened next must not be taken for one of
// them. As podman does, /dev/null takes the place of one that is closed.
void OpenStandardStreams();

// What is too little for the engine to start, as a line for the user; empty: nothing.
std::string MissingResource();

}  // namespace bryo
