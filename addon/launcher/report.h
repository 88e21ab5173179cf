// The launcher's report to whoever has started it, on the status pipe:
//
//   "started PID\n" with a line "phase NAME NANOSECONDS\n" per phase (CLOCK_MONOTONIC), or
//   "failed STEP ERRNO TEXT\n", where STEP is the index of a plan record, or -1.
//
// The reader reads to the end: that comes when the state record of the container is written, too.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>

#include "launcher/sync.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class LaunchReport {
 public:
  void Open(UniqueFd status) { status_ = std::move(status); }

  // Ends a phase.
  void Mark(const char* phase);
  // The record at which the launch is about to fail.
  void FailAt(uint32_t step) { failed_step_ = step; }

  // The pipe, which is to be closed once everything is there.
  UniqueFd Started(pid_t payload);
  void Failed(const Status& status);

 private:
  UniqueFd status_;
  std::string phases_;
  uint32_t failed_step_ = kNoStep;
};

}  // namespace bryo
