// Another health check than the plan's, which `update` has left beside the records of a container.
#pragma once

#include <sys/types.h>

#include <ctime>
#include <string>

#include "monitor/health.h"

namespace bryo {

class HealthChange {
 public:
  // `directory` is the container's; without one nobody leaves anything.
  explicit HealthChange(const std::string& directory) : directory_(directory) {}

  // True when there is one that has not been read yet. A check without a record is none.
  bool Read(HealthConfig& config, HealthHandles& handles);

 private:
  const std::string& directory_;
  ino_t inode_ = 0;
  timespec changed_{};
};

}  // namespace bryo
