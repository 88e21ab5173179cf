// One launch, in the launcher's parent: launch.cc prepares and ends it, launch_serve.cc has its
// handshake.
#pragma once

#include "launcher/handshake.h"
#include "launcher/launch_cgroup.h"
#include "launcher/launch_helpers.h"
#include "launcher/payload_stdio.h"
#include "launcher/report.h"
#include "launcher/run_arguments.h"
#include "launcher/spawn_stage.h"
#include "launcher/sync.h"
#include "monitor/monitor.h"
#include "plan/plan.h"
#include "sys/status.h"

namespace bryo {

class Launch {
 public:
  explicit Launch(RunArguments arguments);

  // Until the payload runs, or waits for `start`, or something has failed.
  Status Run();
  // Tells of it and becomes the monitor, if one stays; the exit status.
  int Succeed();
  // Tells of it, when nothing of the launch is left.
  void Fail(const Status& status);

 private:
  Status TakeLock();
  Status OpenStdio(PayloadStdio& stdio);
  Status OpenCgroup();
  Status OpenNotifySocket();
  Status StartStage(PayloadStdio stdio);
  Status Serve();
  Status OnMessage(SyncMessage& message, UniqueFd fd);
  Status OnTerminal(UniqueFd master);
  Status MapStage();
  Status Connect();
  Status OnNetwork();
  Status Arrive(Handshake::Part part);
  Status LetGo();
  Status Release();
  int Monitor();

  RunArguments arguments_;
  Plan plan_;
  LaunchReport report_;
  Handshake handshake_;
  StageProcess stage_;
  LaunchCgroup cgroup_;
  LaunchHelpers helpers_;
  MonitorHandles handles_;
};

}  // namespace bryo
