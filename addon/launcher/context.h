// State that the stage and the payload's child carry from one operation to the next.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "launcher/layers.h"
#include "launcher/operations.gen.h"
#include "launcher/stage_descriptors.h"
#include "plan/plan.h"
#include "sys/fd.h"
#include "sys/passwd.h"

namespace bryo {

struct LaunchContext {
  const Plan* plan = nullptr;
  std::vector<UniqueFd> slots;  // detached mounts pinned by storage operations
  OverlayLayers layers;
  std::map<uint32_t, OverlayLayers> overlays;  // those of slots, until they are mounted
  UniqueFd root;  // the root filesystem: detached mount, later the attached root
  UniqueFd proc;  // a private procfs of the payload's pid namespace
  UniqueFd pty_slave;
  UniqueFd mask;             // the empty directory that covers the first one masked
  UniqueFd start_fifo;       // what `start` writes to
  UniqueFd cgroup;           // the control group's directory, where the payload starts
  UniqueFd cgroup_ns;        // a control group namespace (or a process in it) to join
  UniqueFd bridge_users;     // the user namespace of its bridges, where the root filesystem is made
  UniqueFd nested_userns;    // the payload's user namespace to join, below the stage's
  UniqueFd mount_ns;         // a mount namespace to join instead of making one
  UniqueFd caller_mounts;    // that of the launcher, which no container may change
  UniqueFd init_program;     // what becomes process 1 with --init (init.h)
  UniqueFd own_program;      // what waits for `start` (await_start.h)
  UniqueFd later;            // and what is left of the plan then
  size_t first_step = 0;     // the first container operation's index within the whole plan
  int sync_fd = kSyncFd;     // moved out of the way of preserved descriptors before exec
  bool mapped = false;       // the ids of a user namespace of its own are there
  bool covers_root = false;  // the root filesystem lies over that of a namespace that is joined
  bool shares_mounts = false;  // binds that are to be shared with the host were pinned so
  bool released = false;       // `start` has been heard; nobody waits for a report any more
  pid_t payload_pid = -1;      // as the launcher's parent sees it; known after the barrier
  Identity identity;
  bool identity_known = false;
  bool is_payload_user = false;  // the credentials are the payload's
  bool workdir_refused = false;  // to whoever this process was then
};

// The operations of the plan. On failure `step` is the failed one's index.
//
// Storage operations come in two halves. The first pins everything under the caller's own ids,
// while the id helpers are still at work; the second makes the root filesystem as the mapped root.
Status PinStorage(LaunchContext& context, size_t& step);
Status MountRoot(LaunchContext& context, size_t& step);

// Runs the container operations in order; returns only on failure, the last one is exec.
Status RunContainerOps(LaunchContext& context, size_t& step);

// Puts a mount into a slot, from which later operations take it.
Status PinSlot(LaunchContext& context, uint32_t slot, UniqueFd mount);

// Whether the payload has its caller's groups: then nothing before it may give them up.
bool KeepsGroups(const LaunchContext& context);

// Finds out who the payload will be: a filter of system calls need not allow what that takes.
Status ResolveIdentityAhead(LaunchContext& context);

// The user's HOME for an environment without one.
void AddHome(const Identity& identity, std::vector<std::string>& env);

// Creates the pty in the container's own devpts and keeps its slave; then the parent gets the
// master.
Status OpenTerminal(LaunchContext& context, UniqueFd& master);
// Only once the slave is where it shall be: when the receiver closes the master, it is gone.
Status SendTerminal(int master);

}  // namespace bryo
