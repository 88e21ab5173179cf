// The monitor at work: what it holds, and what it does with that. monitor.cc starts it and has its
// loop; monitor_end.cc what comes once the payload has ended.
#pragma once

#include <sys/types.h>

#include <cstdint>

#include "monitor/attach_socket.h"
#include "monitor/bridge_keeper.h"
#include "monitor/clients.h"
#include "monitor/ending.h"
#include "monitor/held_start.h"
#include "monitor/helpers.h"
#include "monitor/monitor.h"
#include "monitor/output_log.h"
#include "monitor/output_pump.h"
#include "monitor/payload_input.h"
#include "monitor/records.h"
#include "monitor/relay_keeper.h"
#include "monitor/strays.h"
#include "monitor/supervision.h"

namespace bryo {

class Monitor {
 public:
  Monitor(const MonitorConfig& config, MonitorHandles handles);
  int Run();

 private:
  bool Protect();
  void Announce();
  void WriteState(RunStatus status);
  // Of a container; an exec session has no network of its own.
  const std::string& link_directory() const {
    return config_.container_dir.empty() ? config_.container_dir : config_.attach_dir;
  }
  void PayloadStarted();
  void AcceptClient();
  void Loop();
  int64_t NextDeadline() const;
  void HandleDeadlines();
  void HandleSignals();
  void Reap();
  void HandleRelay();
  void KeepRelay(int64_t now);
  void PayloadEnded(int wait_status);
  int Finish();
  void Restart();

  const MonitorConfig& config_;
  pid_t payload_;
  UniqueFd first_client_;
  UniqueFd lock_;
  UniqueFd userns_;
  UniqueFd ready_;
  UniqueFd helper_exit_;
  UniqueFd plan_;
  UniqueFd pod_link_;
  UniqueFd caller_;
  UniqueFd signals_;
  HeldStart held_;
  PayloadInput input_;
  Clients clients_;
  OutputLog log_;
  OutputPump output_;
  Helpers helpers_;
  Supervision supervision_;
  Ending ending_;
  Strays strays_;
  BridgeKeeper bridges_;
  const std::vector<UniqueFd> published_;
  RelayKeeper relay_;
  AttachSocket socket_;
  ExitFile exit_;
  const bool awaited_;  // by the caller
  bool ended_ = false;
  bool exit_known_ = false;
  bool exit_written_ = false;
  int64_t started_at_ = 0;
  StateFile state_;
};

}  // namespace bryo
