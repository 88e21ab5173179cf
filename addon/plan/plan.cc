#include "plan/plan.h"

#include <netinet/in.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "sys/contract.gen.h"

namespace bryo {
namespace {

enum class Part { kHeader, kStorage, kContainer };

template <typename T>
bool StoreOnce(std::optional<T>& slot, T value) {
  if (slot.has_value()) return false;
  slot = std::move(value);
  return true;
}

// Of a payload's descriptors beside stdio; how high they may be is for its limits to say.
bool ArePayloadNumbers(std::vector<uint32_t> numbers) {
  constexpr uint32_t kLast = 1U << 30;
  std::sort(numbers.begin(), numbers.end());
  bool differ = std::adjacent_find(numbers.begin(), numbers.end()) == numbers.end();
  return differ && numbers.size() <= kMaxPreservedFds &&
         (numbers.empty() || (numbers.front() > 2 && numbers.back() <= kLast));
}

bool StoreHeader(HeaderRecord&& record, Plan& plan) {
  struct Visitor {
    Plan& plan;
    bool operator()(HeaderUserns& r) { return StoreOnce(plan.userns, std::move(r)); }
    bool operator()(HeaderInnerUserns& r) { return StoreOnce(plan.inner_userns, std::move(r)); }
    bool operator()(HeaderNestedUserns& r) { return StoreOnce(plan.nested_userns, std::move(r)); }
    bool operator()(HeaderNamespaces& r) {
      plan.namespaces = r;
      return true;
    }
    bool operator()(HeaderJoin& r) {
      plan.joins.push_back(std::move(r));
      return true;
    }
    bool operator()(HeaderJoinOwner& r) {
      plan.join_owners.push_back(r);
      return true;
    }
    bool operator()(HeaderJoinProcess& r) { return StoreOnce(plan.join_process, std::move(r)); }
    bool operator()(HeaderMonitor& r) { return StoreOnce(plan.monitor, std::move(r)); }
    bool operator()(HeaderNetworkHelper& r) { return StoreOnce(plan.network_helper, std::move(r)); }
    bool operator()(HeaderPortRelay& r) { return StoreOnce(plan.port_relay, std::move(r)); }
    bool operator()(HeaderBridges& r) { return StoreOnce(plan.bridges, std::move(r)); }
    bool operator()(HeaderAttachment& r) {
      plan.attachments.push_back(std::move(r));
      return true;
    }
    bool operator()(HeaderLateLease& r) {
      plan.late_leases.push_back(std::move(r));
      return true;
    }
    bool operator()(HeaderHandover& r) { return StoreOnce(plan.handover, std::move(r)); }
    bool operator()(HeaderRuntimeHook& r) {
      plan.runtime_hooks.push_back(std::move(r));
      return true;
    }
    bool operator()(HeaderTimens& r) { return StoreOnce(plan.timens, std::move(r)); }
    bool operator()(HeaderSeccompListener& r) {
      return StoreOnce(plan.seccomp_listener, std::move(r));
    }
    bool operator()(HeaderPreservedFds& r) {
      plan.preserved_fds = std::move(r.numbers);
      return ArePayloadNumbers(plan.preserved_fds);
    }
    bool operator()(HeaderCgroup& r) { return StoreOnce(plan.cgroup, std::move(r)); }
    bool operator()(HeaderEvents& r) { return StoreOnce(plan.events, std::move(r)); }
    bool operator()(HeaderNotify& r) { return StoreOnce(plan.notify, std::move(r)); }
    bool operator()(HeaderHealth& r) { return StoreOnce(plan.health, std::move(r)); }
    bool operator()(HeaderProbe& r) {
      return StoreOnce(r.kind == ProbeKind::kRegular ? plan.probe : plan.startup_probe,
                       std::move(r));
    }
  };
  return std::visit(Visitor{plan}, record);
}

Part PartOf(uint32_t code) {
  if (code < 20 || code >= 100) return Part::kHeader;
  return code < 40 ? Part::kStorage : Part::kContainer;
}

bool DecodeRecord(uint32_t code, PlanReader& reader, Plan& plan) {
  switch (PartOf(code)) {
    case Part::kHeader: {
      HeaderRecord record;
      ++plan.header_records;
      return DecodeHeaderRecord(code, reader, record) && StoreHeader(std::move(record), plan);
    }
    case Part::kStorage:
      return DecodeStorageOp(code, reader, plan.storage.emplace_back());
    case Part::kContainer:
      return DecodeContainerOp(code, reader, plan.container.emplace_back());
  }
  return false;
}

// The kernel takes 340 of them (user_namespaces(7)).
bool ValidExtents(const std::vector<uint32_t>& extents) {
  constexpr size_t kMostExtents = size_t{3} * 340;
  return !extents.empty() && extents.size() % 3 == 0 && extents.size() <= kMostExtents;
}

// Protocol, source, address of the host (four words), port of the host, port of the container.
bool ValidPorts(const std::vector<uint32_t>& ports) {
  constexpr size_t kMostPorts = size_t{kRelayPortNumbers} * 4 * 65535;
  if (ports.empty() || ports.size() % kRelayPortNumbers != 0 || ports.size() > kMostPorts) {
    return false;
  }
  for (size_t i = 0; i < ports.size(); i += kRelayPortNumbers) {
    if (ports[i] != IPPROTO_TCP && ports[i] != IPPROTO_UDP) return false;
    constexpr uint32_t kGiven = 2;
    const uint32_t source = ports[i + 1];
    const uint32_t host = ports[i + 6];
    const uint32_t container = ports[i + 7];
    if (source > kGiven || (source != kGiven && host == 0) || host > 65535) return false;
    if (container == 0 || container > 65535) return false;
  }
  return true;
}

Status CheckPlan(const Plan& plan) {
  if (plan.nested_userns && (plan.userns || plan.inner_userns)) {
    return Status::Error("plan both creates and joins a user namespace");
  }
  const bool below = plan.inner_userns || plan.nested_userns;
  if (plan.bridges && (plan.userns || !below || plan.network_helper)) {
    return Status::Error("plan has bridges and another network or user namespace");
  }
  if (!plan.attachments.empty() && !plan.bridges) {
    return Status::Error("plan has attachments without bridges");
  }
  if (!plan.late_leases.empty()) return Status::Error("plan has leases of changed networks");
  bool networked = plan.network_helper || plan.bridges;
  if (plan.port_relay && (!networked || !ValidPorts(plan.port_relay->ports) ||
                          plan.port_relay->addresses.size() != 16 ||
                          plan.port_relay->neighbours.size() % kRelayNetworkNumbers != 0)) {
    return Status::Error("plan has bad ports");
  }
  if (plan.userns && plan.join_process) return Status::Error("plan both creates and joins");
  if (plan.userns && (!ValidExtents(plan.userns->uids) || !ValidExtents(plan.userns->gids))) {
    return Status::Error("plan has a bad id mapping");
  }
  if (plan.inner_userns &&
      (!ValidExtents(plan.inner_userns->uids) || !ValidExtents(plan.inner_userns->gids))) {
    return Status::Error("plan has a bad inner id mapping");
  }
  bool ends = !plan.container.empty() && (std::holds_alternative<OpExec>(plan.container.back()) ||
                                          std::holds_alternative<OpHold>(plan.container.back()) ||
                                          std::holds_alternative<OpPause>(plan.container.back()));
  if (!ends) return Status::Error("plan does not end with exec, hold or pause");
  if (!plan.monitor) return Status::Error("plan has no monitor record");
  bool checked = plan.health.has_value();
  if (checked != plan.probe.has_value() || (plan.startup_probe && !checked)) {
    return Status::Error("plan has a health check without probe, or the other way round");
  }
  return {};
}

Status DecodeNext(PlanReader& reader, Part& part, Plan& plan) {
  uint32_t code = 0;
  uint32_t size = 0;
  std::string_view fields;
  if (!reader.Read(code) || !reader.Read(size) || !reader.Take(size, fields)) {
    return Status::Error("launch plan is cut short");
  }
  if (PartOf(code) < part) return Status::Error("launch plan record out of order");
  part = PartOf(code);
  PlanReader field_reader(fields);
  if (!DecodeRecord(code, field_reader, plan) || !field_reader.AtEnd()) {
    return Status::Error("launch plan has a bad record " + std::to_string(code));
  }
  return {};
}

// The bytes of a file, for as long as `use` looks at them.
template <typename Use>
Status WithBytes(int fd, Use use) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return Status::Errno("fstat plan");
  if (st.st_size <= 0 || static_cast<size_t>(st.st_size) > kMaxPlanBytes) {
    return Status::Error("launch plan of a wrong size");
  }
  auto size = static_cast<size_t>(st.st_size);
  void* data = ::mmap(nullptr, size, PROT_READ, MAP_PRIVATE, fd, 0);
  if (data == MAP_FAILED) return Status::Errno("mmap plan");
  Status status = use(std::string_view(static_cast<const char*>(data), size));
  ::munmap(data, size);
  return status;
}

}  // namespace

Status DecodePlan(std::string_view bytes, Plan& plan) {
  PlanReader reader(bytes);
  uint32_t magic = 0;
  uint32_t version = 0;
  uint32_t total = 0;
  uint32_t count = 0;
  if (!reader.Read(magic) || !reader.Read(version) || !reader.Read(total) || !reader.Read(count) ||
      magic != kPlanMagic) {
    return Status::Error("not a launch plan");
  }
  if (version != kPlanVersion) return Status::Error("launch plan of another version");
  if (total != bytes.size() || bytes.size() > kMaxPlanBytes || count > kMaxPlanRecords) {
    return Status::Error("launch plan of a wrong size");
  }
  Part part = Part::kHeader;
  for (uint32_t i = 0; i < count; ++i) {
    Status decoded = DecodeNext(reader, part, plan);
    if (!decoded.ok()) return decoded;
    if (plan.container.empty() || !std::holds_alternative<OpAwaitStart>(plan.container.back()))
      continue;
    plan.later_at = bytes.size() - reader.left();
    plan.later_records = count - i - 1;
  }
  if (!reader.AtEnd()) return Status::Error("launch plan has bytes after its end");
  return CheckPlan(plan);
}

Status ReadPlan(int fd, Plan& plan) {
  return WithBytes(fd, [&](std::string_view bytes) { return DecodePlan(bytes, plan); });
}

Status ReadRecords(int fd, Plan& plan) {
  return WithBytes(fd, [&](std::string_view bytes) {
    PlanReader reader(bytes);
    Part part = Part::kHeader;
    Status decoded;
    while (decoded.ok() && !reader.AtEnd()) decoded = DecodeNext(reader, part, plan);
    return decoded;
  });
}

int CheckMain(int, char**) {
  Plan plan;
  Status status = ReadPlan(STDIN_FILENO, plan);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-launcher: %s\n", status.message().c_str());
  return 1;
}

size_t FirstContainerStep(const Plan& plan) { return plan.header_records + plan.storage.size(); }

}  // namespace bryo
