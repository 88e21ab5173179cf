// Filters of system calls (seccomp(2)): which calls this process, and what it starts, may still
// make.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "sys/status.h"

namespace bryo {

// A call that is allowed when these bits of an argument are so, and else fails with EPERM. Looked
// at is the low word of the argument.
struct CallCondition {
  long number;
  uint32_t argument;
  uint32_t mask;
  uint32_t value;
};

// The first verdict on a call counts. Calls by the numbers of another ABI of the machine end the
// process: the numbers mean something else there.
class CallFilter {
 public:
  CallFilter();

  void Allow(std::span<const long> numbers);
  void AllowWhen(std::span<const CallCondition> conditions);
  // A call is allowed when the low word of this argument is one of these values, and else fails
  // with EPERM.
  void AllowOneOf(long number, uint32_t argument, std::span<const uint32_t> values);
  // Calls of these numbers fail with the error.
  void Refuse(std::span<const long> numbers, int error);
  // Steps of the caller's own, which find the call's number loaded and leave it so where they go
  // on.
  void Add(std::span<const sock_filter> steps);

  // Takes effect, with no_new_privs, for good; calls of which nothing was said are allowed.
  Status InstallAllowing();
  // As InstallAllowing, but such calls fail with this error.
  Status InstallRefusing(int error);

 private:
  void Add(const sock_filter& step) { steps_.push_back(step); }
  void Return(uint32_t verdict);
  void Judge(std::span<const long> numbers, uint32_t verdict);
  Status Install(uint32_t verdict_of_others);

  std::vector<sock_filter> steps_;
};

// Where a filter finds the low word of an argument: it comes first on all machines of bryo's.
constexpr uint32_t PlaceOfArgument(uint32_t argument) {
  return static_cast<uint32_t>(offsetof(seccomp_data, args)) + 8 * argument;
}

}  // namespace bryo
