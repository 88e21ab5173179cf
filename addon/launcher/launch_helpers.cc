#include "launcher/launch_helpers.h"

#include <signal.h>
#include <sys/wait.h>
#include <time.h>

#include <cerrno>
#include <optional>

#include "launcher/children.h"
#include "launcher/port_relay.h"

namespace bryo {
namespace {

constexpr int kKillRounds = 50;
constexpr timespec kBetweenRounds{0, 2'000'000};

}  // namespace

Status LaunchHelpers::StartNetwork(const HeaderNetworkHelper& plan, pid_t payload) {
  network_may_linger_ = !plan.holds_ports;
  return network_.Start(plan, Seen(payload));
}

Status LaunchHelpers::FinishNetwork(const Plan& plan, const std::vector<UniqueFd>& published,
                                    pid_t payload) {
  Status finished = network_.Finish(*plan.network_helper);
  if (!finished.ok() || !plan.port_relay) return finished;
  return StartRelay(*plan.port_relay, published, payload);
}

Status LaunchHelpers::Connect(const Plan& plan, BridgeSpaces spaces,
                              const std::vector<UniqueFd>& published, pid_t payload) {
  Status attached = AttachNetworks(plan.attachments, spaces, Seen(payload), netfilter_);
  if (!attached.ok() || !plan.port_relay) return attached;
  return StartRelay(*plan.port_relay, published, payload);
}

Status LaunchHelpers::StartRelay(const HeaderPortRelay& plan,
                                 const std::vector<UniqueFd>& published, pid_t payload) {
  StartedRelay started;
  Status status = WriteRelayPorts(plan, relay_ports_);
  if (status.ok()) {
    status = SpawnPortRelay(relay_ports_.get(), {payload, Seen(payload), published}, started);
  }
  relay_ = started.pid;
  return status.ok() ? ReadRelayReport(started.report.get()) : status;
}

std::vector<HelperProcess> LaunchHelpers::List(pid_t payload, pid_t stage) const {
  std::vector<HelperProcess> helpers;
  std::optional<std::vector<pid_t>> children = OwnChildren();
  if (!children) {
    if (network_.pid() > 0) helpers.push_back({network_.pid(), false, LostService::kNetwork});
    if (relay_ > 0) helpers.push_back({relay_, false, LostService::kPorts});
    return helpers;
  }
  for (pid_t pid : *children) {
    if (pid == payload || pid == stage) continue;
    if (pid == network_.pid()) {
      helpers.push_back({pid, network_may_linger_, LostService::kNetwork});
    } else {
      bool relay = pid == relay_;
      helpers.push_back({pid, false, relay ? LostService::kPorts : LostService::kNone});
    }
  }
  return helpers;
}

void LaunchHelpers::KillAll(pid_t payload, pid_t stage) const {
  for (int round = 0; round < kKillRounds; ++round) {
    if (payload > 0) ::kill(payload, SIGKILL);
    if (stage > 0) ::kill(stage, SIGKILL);
    for (const HelperProcess& helper : List(payload, stage)) ::kill(helper.pid, SIGKILL);
    int status = 0;
    while (::waitpid(-1, &status, WNOHANG) > 0) {
    }
    if (errno == ECHILD) return;
    ::nanosleep(&kBetweenRounds, nullptr);
  }
}

}  // namespace bryo
