// The monitor: what remains of the launcher once the payload has been started.
//
// One per container (and one per exec session). It owns the payload's stdio, copies it into the
// log and to attached clients, reaps everything below it, writes the state file and the exit
// record, probes its health, and cleans up.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/bridge_keeper.h"
#include "monitor/health.h"
#include "monitor/helpers.h"
#include "monitor/notify.h"
#include "monitor/relay_keeper.h"
#include "monitor/strays.h"
#include "plan/ops.gen.h"
#include "sys/fd.h"

namespace bryo {

// The launch plan's part about monitoring (src/plan/header-records.ts), and what the launcher adds.
struct MonitorConfig : HeaderMonitor {
  HealthConfig health{};
  HeaderEvents events{};
  HeaderBridges bridges{};
  NotifyConfig notify{};
  // The container's control group, or empty: its count of out-of-memory kills goes into the exit
  // record, and it ends with the container.
  std::string cgroup_path{};
  // How long the first client may hold up a payload that also has a log, without taking 64 KiB;
  // then it is dropped with a message. 0: for ever. Without a log nothing else reads the payload's
  // output, and the client is never dropped.
  uint64_t client_stall_ms = 3600000;

  // A monitor that may restart its payload keeps what starting the container took.
  bool may_restart() const { return restart != RestartPolicy::kNever || health.may_restart(); }
};

// Resources that the launcher hands over, all owned by the monitor from here on.
struct MonitorHandles {
  pid_t payload = -1;  // a child of this process, already running
  UniqueFd stdin_fd;   // write end of the payload's stdin pipe, or invalid
  UniqueFd stdout_fd;  // read ends, or invalid with a terminal
  UniqueFd stderr_fd;
  UniqueFd pty_master;    // or invalid without a terminal
  UniqueFd first_client;  // connected attach client, or invalid
  UniqueFd caller;     // hangs up when the process that waits for the payload is gone, or invalid
  UniqueFd lock_fd;    // containers/<id>/lock with the POSIX write lock held, or invalid
  UniqueFd userns_fd;  // the storage user namespace: trees owned by mapped ids are removed in it
  UniqueFd ready_fd;   // gets one byte and is closed once state.json and the socket exist
  UniqueFd helper_exit_fd;  // the network helper ends when this is closed
  UniqueFd plan_fd;         // the launch plan, for a restart; or invalid
  HealthHandles health;
  BridgeHandles bridges;            // of a container that is on some
  RelayHandles relay;               // of its ports
  std::vector<UniqueFd> published;  // sockets that lead to it, for a restart of it or its relay
  UniqueFd pod_link_fd;    // a container's end of the pod's link, of a monitor that restarts it
  UniqueFd held_fd;        // of a payload that waits for `start` (held_start.h), or invalid
  UniqueFd notify_socket;  // where the payload says that it is ready, or invalid
  Strays strays;           // what a container leaves that shares its process ids
  std::vector<HelperProcess> helpers;  // to end (SIGTERM, then SIGKILL) after exit
};

// Runs until the payload has ended and everything is cleaned up.
// Returns the process's own exit status: the payload's when a service manager listens, for that is
// what it judges by, or when the caller waits for it; else 0 unless the monitor itself failed.
int RunMonitor(const MonitorConfig& config, MonitorHandles handles);

}  // namespace bryo
