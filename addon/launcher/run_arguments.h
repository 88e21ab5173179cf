// The arguments of mode "run", which say what the descriptors from 3 on are.
#pragma once

#include <cstdint>

#include "sys/target.h"


namespace bryo {

// Descriptors of a launcher, as src/monitor/launch.ts hands them over.
inline constexpr int kRunPlanFd = 3;
inline constexpr int kStatusFd = 4;
inline constexpr int kClientFd = 5;

struct RunArguments {
  bool has_client = false;
  bool has_gate = false;  // a descriptor after the client's, which tells of the control group
  bool has_pod_link = false;  // after that: its end of a pod's link
  bool has_copy = false;  // after that: the sealed copy that a spare launcher has made
  bool has_stage = false;  // after that: the conversation with a stage that waits
  pid_t stage_pid = -1;
  int lock = -1;          // the container's lock file, under its number, of a monitor that restarts it
  uint32_t restarts = 0;  // how often that has been done
  int preserved = 0;      // descriptors for the payload, after those
  Target target;          // for a plan that joins a process without naming it

  int gate() const { return has_client ? kClientFd + 1 : kClientFd; }
  int pod_link() const { return has_gate ? gate() + 1 : gate(); }
  int copy() const { return has_pod_link ? pod_link() + 1 : pod_link(); }
  int stage() const { return has_copy ? copy() + 1 : copy(); }
  int first_preserved() const { return has_stage ? stage() + 1 : stage(); }
  int end() const { return first_preserved() + preserved; }
};

RunArguments ReadRunArguments(int argc, char** argv);

// Closes all descriptors but the standard ones and those that the arguments tell of, which are closed on
// exec.
void KeepDescriptors(const RunArguments& arguments);

}  // namespace bryo
