// The plan's operations one after the other, each by its function (operations.gen.h).
#include "launcher/context.h"

namespace bryo {
namespace {

constexpr uint32_t kMaxSlots = 65536;

template <typename Op>
Status InOrder(LaunchContext& context, const std::vector<Op>& ops,
               Status (*run)(LaunchContext&, const Op&), size_t& step) {
  for (step = 0; step < ops.size(); ++step) {
    Status status = run(context, ops[step]);
    if (!status.ok()) return status;
  }
  return {};
}

}  // namespace

Status PinStorage(LaunchContext& context, size_t& step) {
  return InOrder(context, context.plan->storage, PinStorageOp, step);
}

Status MountRoot(LaunchContext& context, size_t& step) {
  return InOrder(context, context.plan->storage, MountStorageOp, step);
}

Status RunContainerOps(LaunchContext& context, size_t& step) {
  Status status = InOrder(context, context.plan->container, RunContainerOp, step);
  return status.ok() ? Status::Error("plan ended without exec") : status;
}

Status PinSlot(LaunchContext& context, uint32_t slot, UniqueFd mount) {
  if (slot >= kMaxSlots) return Status::Errno("slot", EINVAL);
  if (slot >= context.slots.size()) context.slots.resize(slot + 1);
  context.slots[slot] = std::move(mount);
  return {};
}

}  // namespace bryo
