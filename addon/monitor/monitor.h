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

#include "monitor/event_writer.h"
#include "monitor/health.h"
#include "monitor/helpers.h"
#include "monitor/notify.h"
#include "monitor/strays.h"
#include "sys/fd.h"

namespace bryo {

enum class RestartPolicy { kNo, kOnFailure, kAlways };

// What the launch plan's header says about monitoring (src/plan/ops.ts, "monitor").
struct MonitorConfig {
  std::string container_dir;  // host path of containers/<id>; empty for an exec session
  std::string state_path;     // state.json to write; empty: none
  std::string exit_path;      // exit.json to write; empty: none
  std::string attach_dir;     // host directory to bind the socket "attach" in; empty: none
  std::string log_path;       // empty: no log
  std::string log_journal;    // fields of its entries in the journal; empty: none are made
  std::string pid_file;       // gets the payload's pid; empty: none
  std::string monitor_pid_file;
  uint64_t log_max_size = 0;  // bytes per file, 0: no limit
  uint64_t log_max_files = 1;
  bool terminal = false;
  bool stdin_open = false;   // -i: keep stdin open when no client is attached
  bool stdin_once = false;   // close stdin when the first client goes away
  uint64_t timeout_ms = 0;   // kill the payload after this long; 0: never
  // How long the first client may hold up a payload that also has a log, without taking 64 KiB;
  // then it is dropped with a message. 0: for ever. Without a log nothing else reads the payload's
  // output, and the client is never dropped.
  uint64_t client_stall_ms = 3600000;
  bool sync_exit_record = true;           // fsync exit.json (not for --rm)
  std::vector<std::string> remove_paths;  // after exit: trees and files to delete, in this order
  // The container's control group, or empty: its count of out-of-memory kills goes into the exit
  // record, and it ends with the container.
  std::string cgroup_path;
  // Starts the container again by the same plan, unless the file "stopped" lies in container_dir:
  // whoever ends it on purpose makes that first.
  RestartPolicy restart = RestartPolicy::kNo;
  uint32_t restart_max = 0;  // after failures; 0: no limit
  uint32_t restarts = 0;     // how often that has been done
  // Named pipe of a pod whose holder ends with its last container (pod_link.h); empty: none.
  std::string pod_link;
  bool pod_holder = false;
  HealthConfig health;
  EventConfig events;
  NotifyConfig notify;

  // Such a monitor keeps what starting the container took.
  bool may_restart() const {
    return restart != RestartPolicy::kNo || health.may_restart();
  }
};

// What the launcher hands over, all owned by the monitor from here on.
struct MonitorHandles {
  pid_t payload = -1;         // a child of this process, already running
  UniqueFd stdin_fd;          // write end of the payload's stdin pipe, or invalid
  UniqueFd stdout_fd;         // read ends, or invalid with a terminal
  UniqueFd stderr_fd;
  UniqueFd pty_master;        // or invalid without a terminal
  UniqueFd first_client;      // connected attach client, or invalid
  UniqueFd lock_fd;           // containers/<id>/lock with the POSIX write lock held, or invalid
  UniqueFd userns_fd;         // the storage user namespace: trees owned by mapped ids are removed in it
  UniqueFd ready_fd;          // gets one byte and is closed once state.json and the socket exist
  UniqueFd helper_exit_fd;    // the network helper ends when this is closed
  UniqueFd plan_fd;           // the launch plan, for a restart; or invalid
  HealthHandles health;
  UniqueFd pod_link_fd;       // a container's end of the pod's link, of a monitor that restarts it
  UniqueFd held_fd;           // of a payload that waits for `start` (held_start.h), or invalid
  UniqueFd notify_socket;     // where the payload says that it is ready, or invalid
  Strays strays;              // what a container leaves that shares its process ids
  std::vector<HelperProcess> helpers;  // to end (SIGTERM, then SIGKILL) after exit
};

// Runs until the payload has ended and everything is cleaned up.
// Returns the process's own exit status: the payload's when a service manager listens, for that is
// what it judges by; else 0 unless the monitor itself failed.
int RunMonitor(const MonitorConfig& config, MonitorHandles handles);

}  // namespace bryo
