#include "launcher/report.h"

#include <time.h>

#include <utility>

#include "sys/contract.gen.h"
#include "sys/io.h"

namespace bryo {

void LaunchReport::Mark(const char* phase) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  phases_ += std::string(kPhaseReport) + " " + phase + " " +
             std::to_string(static_cast<long long>(now.tv_sec) * 1'000'000'000 + now.tv_nsec) +
             "\n";
}

UniqueFd LaunchReport::Started(pid_t payload) {
  std::string text = std::string(kStartedReport) + " " + std::to_string(payload) + "\n" + phases_;
  WriteFull(status_.get(), text.data(), text.size());
  return std::move(status_);
}

void LaunchReport::Failed(const Status& status) {
  int step = failed_step_ == kNoStep ? -1 : static_cast<int>(failed_step_);
  std::string text = std::string(kFailedReport) + " " + std::to_string(step) + " " +
                     std::to_string(status.err()) + " " + status.what() + "\n";
  WriteFull(status_.get(), text.data(), text.size());
  status_.reset();
}

}  // namespace bryo
