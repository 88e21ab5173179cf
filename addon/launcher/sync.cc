#include "launcher/sync.h"

#include <cstring>
#include <span>
#include <vector>

#include "sys/descriptors.h"

namespace bryo {

bool SendSync(int socket, const SyncMessage& message, int fd) {
  std::span<const int> fds(&fd, fd >= 0 ? 1 : 0);
  return SendDescriptors(socket, &message, sizeof(message), fds) == sizeof(message);
}

bool SendSync(int socket, SyncType type, int32_t number) {
  SyncMessage message{};
  message.type = type;
  message.number = number;
  return SendSync(socket, message);
}

void SendFailure(int socket, uint32_t step, const Status& status) {
  SyncMessage message{};
  message.type = SyncType::kFailed;
  message.number = status.err();
  message.step = step;
  std::strncpy(message.text, status.what().c_str(), sizeof(message.text) - 1);
  SendSync(socket, message);
}

bool ReceiveSync(int socket, SyncMessage& message, UniqueFd* fd) {
  std::vector<UniqueFd> fds;
  if (ReceiveDescriptors(socket, &message, sizeof(message), fds) != sizeof(message)) return false;
  message.text[sizeof(message.text) - 1] = '\0';
  if (fd != nullptr && !fds.empty()) *fd = std::move(fds.front());
  return true;
}

}  // namespace bryo
