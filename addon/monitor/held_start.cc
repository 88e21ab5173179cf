#include "monitor/held_start.h"

#include "launcher/sync.h"

namespace bryo {

bool HeldStart::TakeRelease() {
  SyncMessage message{};
  bool told = ReceiveSync(report_.get(), message) && message.type == SyncType::kReleased;
  report_.reset();
  return told;
}

}  // namespace bryo
