// A payload that is ready but waits for `bryo start` (`bryo init`).
#pragma once

#include <utility>

#include "sys/fd.h"

namespace bryo {

class HeldStart {
 public:
  // `report` is where the payload tells that it goes on (launcher/sync.h); invalid: it runs
  // already.
  explicit HeldStart(UniqueFd report) : report_(std::move(report)) {}

  bool held() const { return report_.valid(); }
  int fd() const { return report_.get(); }
  // Reads what is there: true once, when the payload has been let go. Without a word it has died,
  // and its end is told as every other one.
  bool TakeRelease();

 private:
  UniqueFd report_;
};

}  // namespace bryo
