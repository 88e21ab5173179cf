// What a container may leave behind when no pid namespace of its own ends with it (--pid host, or that
// of another container): processes that have left its session, and those of its exec sessions.
#pragma once

#include <sys/types.h>

#include <vector>

#include "sys/fd.h"

namespace bryo {

// Namespaces by their inode numbers (namespaces(7)), which are used again once they are gone; 0: such a
// container leaves no strays.
struct StrayMarks {
  ino_t mounts = 0;
  ino_t user = 0;
};

class Strays {
 public:
  // Keeps its mount namespace, which it shares with nobody, so that
  // the number stays its own.
  void Begin(pid_t payload);

  // Kills who is in the namespace, and whoever descends from this subreaper besides `helpers`; returns
  // when nobody is left. Only for a payload that has ended.
  void Kill(const std::vector<pid_t>& helpers);

  const StrayMarks& marks() const { return marks_; }
  int fd() const { return mounts_.get(); }

 private:
  UniqueFd mounts_;
  StrayMarks marks_;
};

}  // namespace bryo
