// A decoded launch plan.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "plan/ops.gen.h"
#include "sys/status.h"

namespace bryo {

struct Plan {
  std::optional<HeaderUserns> userns;
  std::optional<HeaderInnerUserns> inner_userns;
  std::optional<HeaderNestedUserns> nested_userns;
  HeaderNamespaces namespaces;
  std::vector<HeaderJoin> joins;
  std::vector<HeaderJoinOwner> join_owners;
  std::optional<HeaderJoinProcess> join_process;
  std::optional<HeaderMonitor> monitor;
  std::optional<HeaderNetworkHelper> network_helper;
  std::optional<HeaderPortRelay> port_relay;  // with network_helper or bridges
  std::optional<HeaderBridges> bridges;
  std::vector<HeaderAttachment> attachments;  // with bridges
  std::vector<HeaderLateLease> late_leases;   // never in a plan
  std::optional<HeaderHandover> handover;
  std::vector<HeaderRuntimeHook> runtime_hooks;
  std::optional<HeaderTimens> timens;
  std::optional<HeaderSeccompListener> seccomp_listener;
  std::vector<uint32_t> preserved_fds;  // the numbers they have in the payload
  std::optional<HeaderCgroup> cgroup;
  std::optional<HeaderEvents> events;
  std::optional<HeaderHealth> health;
  std::optional<HeaderProbe> probe;          // with health
  std::optional<HeaderProbe> startup_probe;  // with the other one
  std::optional<HeaderNotify> notify;
  size_t header_records = 0;
  std::vector<StorageOp> storage;
  std::vector<ContainerOp> container;
  // Records after "awaitStart", in the plan's bytes and at the end of `container`; 0: there are
  // none.
  size_t later_at = 0;
  uint32_t later_records = 0;
};

// Decodes and checks the whole plan before anything is done. Refuses an unknown or repeated
// record, one out of order (header, storage, container), and one whose length does not fit.
Status DecodePlan(std::string_view bytes, Plan& plan);

// Maps the (sealed) plan descriptor and decodes it.
Status ReadPlan(int fd, Plan& plan);

// Decodes records that are a part of a plan, up to the end of the file.
Status ReadRecords(int fd, Plan& plan);

// Mode "check": decodes the plan on standard input and does nothing with it; 1 when it is refused.
int CheckMain(int argc, char** argv);

// The index of the first container operation within the whole plan, for error records.
size_t FirstContainerStep(const Plan& plan);

}  // namespace bryo
