// Generated from src/plan/ops.ts by src/plan/generate.ts. Do not edit.

#pragma once

#include <variant>

#include "plan/ops.gen.h"
#include "sys/status.h"

namespace bryo {

struct LaunchContext;

// Storage operations, under the caller's own ids.
Status Pin(LaunchContext& context, const StoragePinBind& op);
Status Pin(LaunchContext& context, const StoragePinDevice& op);
Status Pin(LaunchContext& context, const StorageRootOverlay& op);
inline Status Pin(LaunchContext&, const StorageRootFuse&) { return {}; }
Status Pin(LaunchContext& context, const StorageRootDirectory& op);
Status Pin(LaunchContext& context, const StoragePinStart& op);
inline Status Pin(LaunchContext&, const StoragePinSecret&) { return {}; }
inline Status Pin(LaunchContext&, const StoragePinShared&) { return {}; }
Status Pin(LaunchContext& context, const StoragePinOverlay& op);
Status Pin(LaunchContext& context, const StoragePinPart& op);
inline Status Pin(LaunchContext&, const StorageOwnFile&) { return {}; }
inline Status Pin(LaunchContext&, const StorageMountIds&) { return {}; }

// Storage operations, as the mapped root.
inline Status Mount(LaunchContext&, const StoragePinBind&) { return {}; }
inline Status Mount(LaunchContext&, const StoragePinDevice&) { return {}; }
Status Mount(LaunchContext& context, const StorageRootOverlay& op);
Status Mount(LaunchContext& context, const StorageRootFuse& op);
inline Status Mount(LaunchContext&, const StorageRootDirectory&) { return {}; }
inline Status Mount(LaunchContext&, const StoragePinStart&) { return {}; }
Status Mount(LaunchContext& context, const StoragePinSecret& op);
Status Mount(LaunchContext& context, const StoragePinShared& op);
Status Mount(LaunchContext& context, const StoragePinOverlay& op);
inline Status Mount(LaunchContext&, const StoragePinPart&) { return {}; }
Status Mount(LaunchContext& context, const StorageOwnFile& op);
Status Mount(LaunchContext& context, const StorageMountIds& op);

// Container operations.
Status Run(LaunchContext& context, const OpEnterRoot& op);
Status Run(LaunchContext& context, const OpMountFs& op);
Status Run(LaunchContext& context, const OpMountBind& op);
Status Run(LaunchContext& context, const OpMakeDir& op);
Status Run(LaunchContext& context, const OpSymlink& op);
Status Run(LaunchContext& context, const OpWriteFile& op);
Status Run(LaunchContext& context, const OpMask& op);
Status Run(LaunchContext& context, const OpReadonlyPath& op);
Status Run(LaunchContext& context, const OpConsole& op);
Status Run(LaunchContext& context, const OpHostname& op);
Status Run(LaunchContext& context, const OpDomainname& op);
Status Run(LaunchContext& context, const OpSysctl& op);
Status Run(LaunchContext& context, const OpLoopbackUp& op);
Status Run(LaunchContext& context, const OpRlimit& op);
Status Run(LaunchContext& context, const OpOomScoreAdj& op);
Status Run(LaunchContext& context, const OpPivot& op);
Status Run(LaunchContext& context, const OpRootReadonly& op);
Status Run(LaunchContext& context, const OpUmask& op);
Status Run(LaunchContext& context, const OpKeyring& op);
Status Run(LaunchContext& context, const OpPasswdEntry& op);
Status Run(LaunchContext& context, const OpBarrier& op);
Status Run(LaunchContext& context, const OpWorkdir& op);
Status Run(LaunchContext& context, const OpCredentials& op);
Status Run(LaunchContext& context, const OpNoNewPrivs& op);
Status Run(LaunchContext& context, const OpSeccomp& op);
Status Run(LaunchContext& context, const OpTerminal& op);
Status Run(LaunchContext& context, const OpExec& op);
Status Run(LaunchContext& context, const OpHook& op);
Status Run(LaunchContext& context, const OpRequireCommand& op);
Status Run(LaunchContext& context, const OpAwaitStart& op);
Status Run(LaunchContext& context, const OpRootPropagation& op);
Status Run(LaunchContext& context, const OpPersonality& op);
Status Run(LaunchContext& context, const OpScheduler& op);
Status Run(LaunchContext& context, const OpIoPriority& op);
Status Run(LaunchContext& context, const OpCpuAffinity& op);
Status Run(LaunchContext& context, const OpSecurityLabel& op);
Status Run(LaunchContext& context, const OpLandlock& op);
Status Run(LaunchContext& context, const OpHold& op);
Status Run(LaunchContext& context, const OpMemoryPolicy& op);
Status Run(LaunchContext& context, const OpPause& op);
Status Run(LaunchContext& context, const OpOwnSlot& op);
Status Run(LaunchContext& context, const OpMountReadonly& op);
Status Run(LaunchContext& context, const OpAttachRoot& op);
Status Run(LaunchContext& context, const OpLeaveRoot& op);
Status Run(LaunchContext& context, const OpZoneLink& op);
Status Run(LaunchContext& context, const OpMakeNode& op);
Status Run(LaunchContext& context, const OpRenewSlot& op);

inline Status PinStorageOp(LaunchContext& context, const StorageOp& operation) {
  return std::visit([&](const auto& op) { return Pin(context, op); }, operation);
}

inline Status MountStorageOp(LaunchContext& context, const StorageOp& operation) {
  return std::visit([&](const auto& op) { return Mount(context, op); }, operation);
}

inline Status RunContainerOp(LaunchContext& context, const ContainerOp& operation) {
  return std::visit([&](const auto& op) { return Run(context, op); }, operation);
}

}  // namespace bryo
