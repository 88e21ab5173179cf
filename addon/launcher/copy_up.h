// Fills a fresh volume with what the image has at its place.
#pragma once

#include "sys/status.h"

namespace bryo {

// Copies what the directory `from` holds into the empty directory `to`: owners, modes, times,
// links (hard ones, too), holes and extended attributes kept; devices and sockets left out. Nothing
// is done when `to` is not empty. `keep_mode`: `to` keeps the mode and owner that it has.
Status CopyUp(int from, int to, bool keep_mode);

}  // namespace bryo
