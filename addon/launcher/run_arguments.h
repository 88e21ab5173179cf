// Arguments of a launcher in mode "run": its descriptors by their names, and a few words.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <vector>

#include "launcher/spawn_stage.h"
#include "monitor/bridge_keeper.h"
#include "sys/fd.h"
#include "sys/target.h"

namespace bryo {

// Descriptors are those of LauncherFd; invalid where they were not given.
struct RunArguments {
  UniqueFd plan;
  UniqueFd status;
  UniqueFd client;
  UniqueFd gate;
  UniqueFd pod_link;
  UniqueFd caller;
  UniqueFd copy;
  BridgeHandles bridges;
  WaitingStage stage;
  std::vector<UniqueFd> published;
  std::vector<UniqueFd> preserved;
  UniqueFd lock;  // the container's lock file, under its number, of a monitor that restarts it
  uint32_t restarts =
      0;          // how often its policy has started the container again; 0: as the plan says
  Target target;  // for a plan that joins a process without naming it
};

// The descriptors that "--fds NAME,NAME…" names, without "--lock"; -1: there is a name that nobody
// knows.
int CountDescriptors(int argc, char** argv);

// Takes the descriptors that the arguments tell of and closes all others but the standard ones.
// False: the arguments are none of a launch.
bool ReadRunArguments(int argc, char** argv, RunArguments& out);

}  // namespace bryo
