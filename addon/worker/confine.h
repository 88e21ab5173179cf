// Rights that a worker gives up before it reads hostile bytes or a tree that others change.
#pragma once

#include <vector>

#include "sys/status.h"

namespace bryo {

// Rights that a subcommand's work takes of the kernel.
enum class Duty {
  kStream,  // bytes of descriptors that are open
  kList,    // a tree as well: what is in it, but not what is in files
  kRead,    // that, too
  kRemove,  // a tree goes
  kWrite,   // files are read, made and described
};

struct Confinement {
  Duty duty = Duty::kStream;
  // Directories: nothing outside of them is opened any more, and names begin at the first of them.
  std::vector<int> read{};
  std::vector<int> write{};
};

// For this thread and those that it starts, so before any other is started: no new privileges, no
// core dumps, no capabilities and no system calls but those of the duty, names that begin at a
// directory of its own, and, where the kernel has Landlock (5.13; 5.19 for what writes), no other
// files. Without a filter of system calls it is an error; the rest is a second line behind paths
// that are resolved inside their directories in any case.
Status Confine(const Confinement& limits);

// Names begin at this directory from here on, wherever they lead. A process that may not do so, as
// one of the host's user, does it in a user namespace of its own, if `alone` says that it needs no
// other ids. Best effort.
void EnterRoot(int directory, bool alone);

}  // namespace bryo
