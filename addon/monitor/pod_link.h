// How a pod's holder learns that the last container of the pod has ended: the monitor of each holds
// the write end of a named pipe, whose only reader is the holder's monitor. It ends with the
// process, however that comes about.
#pragma once

#include <string>

#include "sys/fd.h"

namespace bryo {

// The holder makes the pipe and gets its read end: poll(2) says POLLHUP once there were writers and
// all have gone. Others get a write end; an invalid one when no holder listens or `path` is empty.
UniqueFd OpenPodLink(const std::string& path, bool holder);

}  // namespace bryo
