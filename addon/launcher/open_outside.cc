#include "launcher/open_outside.h"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <string>

#include "launcher/sync.h"
#include "sys/io.h"

namespace bryo {
namespace {

int OpenAmongMounts(pid_t stage, const std::string& path, UniqueFd& place) {
  std::string name = "/proc/" + std::to_string(stage) + "/ns/mnt";
  UniqueFd mounts(::open(name.c_str(), O_RDONLY | O_CLOEXEC));
  if (!mounts.valid() || ::setns(mounts.get(), CLONE_NEWNS) != 0) return errno;
  place.reset(::open(path.c_str(), O_PATH | O_CLOEXEC));
  return place.valid() ? 0 : errno;
}

// The host path of a storage operation that may be asked for; null: none.
const std::string* PathOutside(const Plan& plan, uint32_t storage_step) {
  if (storage_step >= plan.storage.size()) return nullptr;
  const StorageOp& op = plan.storage[storage_step];
  if (const auto* root = std::get_if<StorageRootDirectory>(&op)) return &root->path;
  if (const auto* bind = std::get_if<StoragePinBind>(&op)) return &bind->source;
  return nullptr;
}

}  // namespace

Status OpenOutside(LaunchContext& context, uint32_t storage_step, UniqueFd& place) {
  if (!context.plan->userns) return Status::Errno("open outside", ENOTSUP);
  SyncMessage message{};
  message.type = SyncType::kOpen;
  message.step = storage_step;
  if (!SendSync(kSyncFd, message)) return Status::Errno("open outside");
  for (;;) {
    if (!ReceiveSync(kSyncFd, message, &place)) return Status::Errno("open outside", EPIPE);
    if (message.type == SyncType::kOpened) break;
    // The ids may have been mapped meanwhile.
    if (message.type == SyncType::kMapped) context.mapped = true;
  }
  return place.valid() ? Status() : Status::Errno("open outside", message.number);
}

Status AnswerOpenOutside(int socket, pid_t stage, const Plan& plan, uint32_t storage_step) {
  const std::string* path = PathOutside(plan, storage_step);
  if (path == nullptr) return Status::Error("unexpected request");
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) {
    UniqueFd place;
    SyncMessage message{};
    message.type = SyncType::kOpened;
    message.number = OpenAmongMounts(stage, *path, place);
    ::_exit(SendSync(socket, message, place.get()) ? 0 : 1);
  }
  return WaitFor(pid) == 0 ? Status() : Status::Error("a path outside could not be opened");
}

}  // namespace bryo
