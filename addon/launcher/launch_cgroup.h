// The control group that was made for a launch.
#pragma once

#include <string>

#include "plan/plan.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class LaunchCgroup {
 public:
  void Expect(UniqueFd gate) { gate_ = std::move(gate); }

  // Waits until the plan's group is there and this process is placed. To be called before anything
  // is forked: what is forked earlier stays outside.
  Status Open(const Plan& plan);

  // After a failure: the group is removed if it was to go with the container.
  void Undo(const Plan& plan);

  bool has_directory() const { return directory_.valid(); }
  int directory() const { return directory_.get(); }
  void CloseDirectory() { directory_.reset(); }
  // Host path, or empty.
  const std::string& path() const { return path_; }

 private:
  UniqueFd gate_;
  UniqueFd directory_;
  std::string path_;
};

}  // namespace bryo
