// Container operations that only an OCI configuration asks for: hooks, waiting for `start`,
// scheduling, labels, the order of mounts.
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstring>

#include "launcher/await_start.h"
#include "launcher/context.h"
#include "launcher/hooks.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/same_file.h"

namespace bryo {
namespace {

// struct sched_attr of sched_setattr(2); <linux/sched/types.h> and <sched.h> exclude each other.
struct SchedulerAttributes {
  uint32_t size = sizeof(SchedulerAttributes);
  uint32_t policy = 0;
  uint64_t flags = 0;
  int32_t nice = 0;
  uint32_t priority = 0;
  uint64_t runtime = 0;
  uint64_t deadline = 0;
  uint64_t period = 0;
};

constexpr int kIoPriorityProcess = 1;  // IOPRIO_WHO_PROCESS
constexpr int kIoPriorityClassShift = 13;
constexpr size_t kMostNodes = 1024;  // memory nodes: as many as the kernel can be built for

// An empty path means what the second descriptor is of.
bool LeadsTo(const UniqueFd& file, int directory, const char* path) {
  struct stat own {};
  struct stat there {};
  return ::fstat(file.get(), &own) == 0 && ::fstatat(directory, path, &there, AT_EMPTY_PATH) == 0 &&
         IsSameFile(own, there);
}

}  // namespace

// The mount that was pinned stays the source where its path leads elsewhere by now, or nowhere:
// from the mount namespace of a container not everything can be reached.
Status Run(LaunchContext& context, const OpRenewSlot& op) {
  if (op.shared && context.shares_mounts) return {};
  UniqueFd mount;
  if (op.slot >= context.slots.size()) return Status::Errno("slot", EBADF);
  if (!CloneMount(AT_FDCWD, op.source.c_str(), op.recursive, op.no_follow, mount).ok()) return {};
  if (!LeadsTo(mount, context.slots[op.slot].get(), "")) return {};
  // Over the host's root lies the container's by now, which a copy of all that is there would have.
  if (op.recursive && LeadsTo(mount, AT_FDCWD, "/")) return {};
  return PinSlot(context, op.slot, std::move(mount));
}

Status Run(LaunchContext& context, const OpHook& op) {
  if (!op.home) return RunHook(HookOf(op), context.payload_pid);
  OpHook own = op;
  AddHome(context.identity, own.env);
  return RunHook(HookOf(own), context.payload_pid);
}

Status Run(LaunchContext& context, const OpAwaitStart&) { return BecomeAwaitStart(context); }

Status Run(LaunchContext&, const OpRootPropagation& op) {
  return ::mount(nullptr, "/", nullptr, op.propagation, nullptr) == 0
             ? Status()
             : Status::Errno("propagation of the root filesystem");
}

Status Run(LaunchContext&, const OpPersonality& op) {
  return ::personality(op.persona) >= 0 ? Status() : Status::Errno("personality");
}

Status Run(LaunchContext&, const OpScheduler& op) {
  SchedulerAttributes attr;
  attr.policy = op.policy;
  attr.flags = op.flags;
  attr.nice = op.nice;
  attr.priority = op.priority;
  attr.runtime = op.runtime;
  attr.deadline = op.deadline;
  attr.period = op.period;
  return ::syscall(SYS_sched_setattr, 0, &attr, 0) == 0 ? Status() : Status::Errno("scheduler");
}

Status Run(LaunchContext&, const OpIoPriority& op) {
  uint32_t value = op.class_ << kIoPriorityClassShift | op.priority;
  return ::syscall(SYS_ioprio_set, kIoPriorityProcess, 0, value) == 0 ? Status()
                                                                      : Status::Errno("ioPriority");
}

Status Run(LaunchContext&, const OpCpuAffinity& op) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (uint32_t cpu : op.cpus) {
    if (cpu >= CPU_SETSIZE) return Status::Errno("execCPUAffinity", EINVAL);
    CPU_SET(cpu, &set);
  }
  return ::sched_setaffinity(0, sizeof(set), &set) == 0 ? Status()
                                                        : Status::Errno("execCPUAffinity");
}

Status Run(LaunchContext&, const OpMemoryPolicy& op) {
  constexpr size_t kBits = 8 * sizeof(unsigned long);
  unsigned long nodes[kMostNodes / kBits]{};
  for (uint32_t node : op.nodes) {
    if (node >= kMostNodes) return Status::Errno("memoryPolicy", EINVAL);
    nodes[node / kBits] |= 1UL << (node % kBits);
  }
  // The kernel takes one bit less than it is told.
  const unsigned long* mask = op.nodes.empty() ? nullptr : nodes;
  unsigned long count = op.nodes.empty() ? 0 : kMostNodes + 1;
  return ::syscall(SYS_set_mempolicy, op.mode, mask, count) == 0 ? Status()
                                                                 : Status::Errno("memoryPolicy");
}

// Through the private procfs, so that nothing in the image can redirect it.
Status Run(LaunchContext& context, const OpSecurityLabel& op) {
  std::string path = "thread-self/attr/" + op.attribute;
  return WriteFileAt(context.proc.get(), path.c_str(), op.value) ? Status()
                                                                 : Status::Errno("security label");
}

}  // namespace bryo
