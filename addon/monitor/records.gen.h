// Generated from src/contract/records.ts by src/plan/generate.ts. Do not edit.

#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "monitor/json_text.h"
#include "sys/contract.gen.h"

namespace bryo {

struct StrayMarks {
  int64_t mounts{};
  int64_t user{};
  bool operator==(const StrayMarks&) const = default;
  std::string Json() const {
    JsonObject out;
    out.AddNumber("mounts", mounts);
    out.AddNumber("user", user);
    return out.Text();
  }
};

struct StateFile {
  RunStatus status{};
  std::string boot_id{};
  int64_t monitor_pid{};
  int64_t monitor_start{};
  int64_t pid{};
  int64_t pid_start{};
  std::string started_at{};
  int64_t restarts{};
  std::string cgroup{};
  StrayMarks strays{};
  LostService lost{};
  bool keeps_plan{};
  bool operator==(const StateFile&) const = default;
  std::string Json() const {
    JsonObject out;
    out.AddNumber("version", 1);
    out.AddWord("status", status);
    out.AddText("bootId", boot_id);
    out.AddNumber("monitorPid", monitor_pid);
    out.AddNumber("monitorStart", monitor_start);
    out.AddNumber("pid", pid);
    out.AddNumber("pidStart", pid_start);
    out.AddText("startedAt", started_at);
    if (restarts != 0) out.AddNumber("restarts", restarts);
    if (!cgroup.empty()) out.AddText("cgroup", cgroup);
    if (strays != StrayMarks{}) out.AddJson("strays", strays.Json());
    if (lost != LostService{}) out.AddWord("lost", lost);
    if (keeps_plan) out.AddFlag("keepsPlan", keeps_plan);
    return out.Text();
  }
};

struct ExitFile {
  int64_t exit_code{};
  int64_t signal{};
  EndCause cause{};
  std::string exited_at{};
  bool oom_killed{};
  bool restarting{};
  int64_t lost_log_bytes{};
  std::string restart_error{};
  bool operator==(const ExitFile&) const = default;
  std::string Json() const {
    JsonObject out;
    out.AddNumber("version", 1);
    out.AddNumber("exitCode", exit_code);
    out.AddNumber("signal", signal);
    out.AddWord("cause", cause);
    out.AddText("exitedAt", exited_at);
    if (oom_killed) out.AddFlag("oomKilled", oom_killed);
    if (restarting) out.AddFlag("restarting", restarting);
    if (lost_log_bytes != 0) out.AddNumber("lostLogBytes", lost_log_bytes);
    if (!restart_error.empty()) out.AddText("restartError", restart_error);
    return out.Text();
  }
};

struct HealthResult {
  std::string start{};
  std::string end{};
  int64_t exit_code{};
  std::string output{};
  bool operator==(const HealthResult&) const = default;
  std::string Json() const {
    JsonObject out;
    out.AddText("Start", start);
    out.AddText("End", end);
    out.AddNumber("ExitCode", exit_code);
    out.AddText("Output", output);
    return out.Text();
  }
};

struct HealthFile {
  HealthStatus status{};
  int64_t failing_streak{};
  std::vector<std::string> log{};  // JSON texts of healthResult
  bool operator==(const HealthFile&) const = default;
  std::string Json() const {
    JsonObject out;
    out.AddWord("Status", status);
    out.AddNumber("FailingStreak", failing_streak);
    out.AddList("Log", log);
    return out.Text();
  }
};

}  // namespace bryo
