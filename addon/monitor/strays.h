// Processes that a container may leave behind when no pid namespace of its own ends with it (--pid
// host, or that of another container): those that have left its session, and those of its exec
// sessions.
#pragma once

#include <sys/types.h>

#include <vector>

#include "monitor/records.gen.h"
#include "sys/fd.h"

namespace bryo {

class Strays {
 public:
  // Keeps its mount namespace, which it shares with nobody, so that
  // the number stays its own.
  void Begin(pid_t payload);

  // Kills who is in the namespace, and whoever descends from this subreaper besides `helpers`;
  // returns when nobody is left. Only for a payload that has ended.
  void Kill(const std::vector<pid_t>& helpers);

  // Numbers of namespaces are used again once these are gone; 0: such a container leaves no strays.
  const StrayMarks& marks() const { return marks_; }
  int fd() const { return mounts_.get(); }

 private:
  UniqueFd mounts_;
  StrayMarks marks_;
};

}  // namespace bryo
