// Generated from src/contract by src/plan/generate.ts. Do not edit.

#pragma once

#include <cstdint>
#include <string_view>

#include "sys/words.h"

namespace bryo {

enum class RestartPolicy : uint32_t { kNever, kFailure, kAlways };
template <>
struct Words<RestartPolicy> {
  static constexpr std::string_view kAll[] = {"never", "failure", "always"};
};

enum class HealthAction : uint32_t { kNone, kKill, kStop, kRestart };
template <>
struct Words<HealthAction> {
  static constexpr std::string_view kAll[] = {"none", "kill", "stop", "restart"};
};

enum class NotifyWhen : uint32_t { kStarted, kHealthy, kPayload };
template <>
struct Words<NotifyWhen> {
  static constexpr std::string_view kAll[] = {"started", "healthy", "payload"};
};

enum class ProbeKind : uint32_t { kRegular, kStartup };
template <>
struct Words<ProbeKind> {
  static constexpr std::string_view kAll[] = {"regular", "startup"};
};

enum class HealthStatus : uint32_t { kStarting, kHealthy, kUnhealthy };
template <>
struct Words<HealthStatus> {
  static constexpr std::string_view kAll[] = {"starting", "healthy", "unhealthy"};
};

enum class RunStatus : uint32_t { kInitialized, kRunning };
template <>
struct Words<RunStatus> {
  static constexpr std::string_view kAll[] = {"initialized", "running"};
};

enum class EndCause : uint32_t { kExited, kSignaled, kTimeout };
template <>
struct Words<EndCause> {
  static constexpr std::string_view kAll[] = {"exited", "signaled", "timeout"};
};

enum class LostService : uint32_t { kNone, kUdp, kNetwork, kPorts };
template <>
struct Words<LostService> {
  static constexpr std::string_view kAll[] = {"none", "udp", "network", "ports"};
};

enum class LinkDriver : uint32_t { kBridge, kMacvlan };
template <>
struct Words<LinkDriver> {
  static constexpr std::string_view kAll[] = {"bridge", "macvlan"};
};

// Descriptors that a launcher can be given.
enum class LauncherFd : uint32_t { kPlan, kStatus, kClient, kGate, kPodLink, kCaller, kCopy, kStage, kBridgeUsers, kBridgeNetwork, kLease, kPublished, kPreserved };
template <>
struct Words<LauncherFd> {
  static constexpr std::string_view kAll[] = {"plan", "status", "client", "gate", "podLink", "caller", "copy", "stage", "bridgeUsers", "bridgeNetwork", "lease", "published", "preserved"};
};

// A member of an event's JSON object, and the field of the journal with the same content.
struct EventField {
  const char* member;
  const char* journal;
};
inline constexpr EventField kStatusField{"Status", "PODMAN_EVENT"};
inline constexpr EventField kTimeField{"Time", "PODMAN_TIME"};
inline constexpr EventField kExitCodeField{"ContainerExitCode", "PODMAN_EXIT_CODE"};
inline constexpr EventField kHealthStatusField{"HealthStatus", "PODMAN_HEALTH_STATUS"};
inline constexpr EventField kHealthLogField{"HealthLog", "PODMAN_HEALTH_LOG"};
inline constexpr EventField kRefusedField{"Refused", "BRYO_REFUSED"};
inline constexpr EventField kOmittedField{"Omitted", "BRYO_OMITTED"};
inline constexpr EventField kSessionField{"ExecID", "PODMAN_EXEC_ID"};

inline constexpr int kFirstLauncherFd = 3;

inline constexpr char kAttachSocket[] = "attach";
inline constexpr char kHealthSocket[] = "health";
inline constexpr char kNotifySocket[] = "notify";
inline constexpr char kNetworkLinks[] = "netns";
inline constexpr char kNetworkLinkPrefix[] = "netns-";
inline constexpr char kStoppedSign[] = "stopped";
inline constexpr char kKeptSign[] = "kept";
inline constexpr char kRestartSign[] = "restart";
inline constexpr char kChangedNetworksFile[] = "networks";
inline constexpr char kLeasesDirectory[] = "dhcp";
inline constexpr char kHostsFile[] = "hosts";
inline constexpr char kHealthChange[] = "health.change";
inline constexpr char kDefaultPath[] = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
inline constexpr char kFrontVariable[] = "BRYO_FRONT";
inline constexpr char kStartingMessage[] = "starting";
inline constexpr char kCommandMessage[] = "command";
inline constexpr char kAttachMessage[] = "attach";
inline constexpr char kStartedReport[] = "started";
inline constexpr char kFailedReport[] = "failed";
inline constexpr char kPhaseReport[] = "phase";
inline constexpr char kHeldPrefix[] = "BRYO_HELD_";
inline constexpr char kUnshareServerVariable[] = "BRYO_UNSHARE_SERVER";
inline constexpr char kBridgeHolderFile[] = "lock";
inline constexpr char kBridgeUsersFile[] = "users";
inline constexpr char kLanPortFile[] = "port";
inline constexpr char kBridgeUplinkGateway[] = "198.18.77.2";
inline constexpr uint32_t kMaxPlanBytes = 16777216;
inline constexpr uint32_t kMaxPlanRecords = 65536;
inline constexpr uint32_t kMaxPreservedFds = 128;
inline constexpr uint32_t kRelayPortNumbers = 8;
inline constexpr uint32_t kRelayNetworkNumbers = 5;
inline constexpr uint32_t kMaxEventFile = 1048576;

}  // namespace bryo
