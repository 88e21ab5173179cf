// Hooks of an OCI configuration (runtime-spec config.md, "POSIX-platform Hooks").
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sys/status.h"

namespace bryo {

struct Hook {
  const std::string& name;
  const std::string& path;
  const std::vector<std::string>& argv;
  const std::vector<std::string>& env;
  uint64_t timeout_ms;  // 0: none
  const std::string& state;
};

template <typename Record>
Hook HookOf(const Record& record) {
  return {record.name, record.path, record.argv, record.env, record.timeout_ms, record.state};
}

// Text with the payload's pid in place of every %PID%.
std::string WithPid(std::string text, pid_t payload);

// Runs a hook with the container's state, in which %PID% is replaced, on its standard input. Its
// output is the launcher's own. An error names the hook and what became of it.
Status RunHook(const Hook& hook, pid_t payload);

}  // namespace bryo
