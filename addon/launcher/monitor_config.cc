#include "launcher/monitor_config.h"

#include <fcntl.h>
#include <sys/mman.h>

#include <utility>

#include "sys/io.h"

namespace bryo {
namespace {

Status Keep(const std::string& plan, UniqueFd& out) {
  UniqueFd file(::memfd_create("bryo-probe", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (!file.valid() || !WriteFull(file.get(), plan.data(), plan.size()) ||
      ::fcntl(file.get(), F_ADD_SEALS, kSeals) != 0) {
    return Status::Errno("plan of the health check");
  }
  out = std::move(file);
  return {};
}

}  // namespace

Status KeepProbes(const Plan& plan, HealthHandles& out) {
  Status kept;
  if (plan.probe) kept = Keep(plan.probe->plan, out.regular_plan);
  if (kept.ok() && plan.startup_probe) kept = Keep(plan.startup_probe->plan, out.startup_plan);
  return kept;
}

HealthConfig HealthConfigOf(Plan& plan) {
  HealthConfig health{};
  if (plan.health) health = {std::move(*plan.health)};
  // Probes' plans have been kept as files.
  if (plan.probe) health.regular = std::move(*plan.probe);
  if (plan.startup_probe) health.startup = std::move(*plan.startup_probe);
  health.regular.plan = health.startup.plan = std::string();
  return health;
}

MonitorConfig MonitorConfigOf(Plan plan) {
  MonitorConfig config{{std::move(*plan.monitor)}};
  if (plan.bridges) config.bridges = std::move(*plan.bridges);
  if (plan.events) config.events = std::move(*plan.events);
  if (plan.notify) config.notify = {std::move(*plan.notify)};
  config.health = HealthConfigOf(plan);
  return config;
}

}  // namespace bryo
