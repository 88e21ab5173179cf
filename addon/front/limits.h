// Resources that the JavaScript engine cannot start without, and would only tell of in pages of its
// own.
#pragma once

#include <string>

namespace bryo {

// Makes sure that descriptors 0 to 2 are open: what is opened next must not be taken for one of
// them. As podman does, /dev/null takes the place of one that is closed.
void OpenStandardStreams();

// A line for the user about a resource of which there is too little; empty: all is well.
std::string MissingResource();

}  // namespace bryo
