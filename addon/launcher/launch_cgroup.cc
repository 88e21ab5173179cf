#include "launcher/launch_cgroup.h"

#include <fcntl.h>

#include <utility>

#include "monitor/cgroup.h"
#include "monitor/gate.h"

namespace bryo {

Status LaunchCgroup::Open(const Plan& plan) {
  if (plan.cgroup.has_value() != gate_.valid()) return Status::Error("launch plan without gate");
  if (!plan.cgroup) return {};
  if (!ReadGate(std::move(gate_), path_)) return Status::Error("no control group was made");
  directory_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory_.valid() ? Status() : Status::Errno(path_);
}

void LaunchCgroup::Undo(const Plan& plan) {
  // The command may be about to make the group.
  if (gate_.valid()) ReadGate(std::move(gate_), path_);
  if (plan.cgroup && plan.cgroup->remove) RemoveCgroup(path_);
}

}  // namespace bryo
