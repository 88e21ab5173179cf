// The handshake of a launch (sync.h), seen from the launcher's parent.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <iterator>
#include <utility>

#include "launcher/handover.h"
#include "launcher/hooks.h"
#include "launcher/id_map.h"
#include "launcher/launch.h"
#include "launcher/open_outside.h"
#include "launcher/stage_namespaces.h"
#include "sys/io.h"

namespace bryo {

// Until the sync socket's other ends are all closed: by exec, or by death. The stage's own death is
// told by its end alone: the child that it may have made keeps the socket and waits for a word.
Status Launch::Serve() {
  if (plan_.network_helper || plan_.bridges) handshake_.Await(Handshake::kNetwork);
  for (;;) {
    bool network = handshake_.awaits(Handshake::kNetwork);
    pollfd sync{stage_.sync.get(), POLLIN, 0};
    pollfd ready{network ? helpers_.ready_fd() : -1, POLLIN, 0};
    pollfd ended{network ? helpers_.ended_fd() : -1, POLLIN, 0};
    pollfd stage_ended{stage_.end.get(), POLLIN, 0};
    pollfd pollers[] = {sync, ready, ended, stage_ended};
    if (::poll(pollers, std::size(pollers), -1) < 0) continue;
    bool told = pollers[0].revents != 0;
    if (pollers[1].revents != 0 || pollers[2].revents != 0) {
      Status connected = OnNetwork();
      if (!connected.ok()) return connected;
    }
    if (!told && pollers[3].revents != 0) {
      if (handles_.payload <= 0) return Status::Error("the launcher's stage was killed");
      stage_.end.reset();
    }
    if (!told) continue;
    SyncMessage message{};
    UniqueFd fd;
    if (!ReceiveSync(stage_.sync.get(), message, &fd)) {
      if (handshake_.let_go()) return {};
      return Status::Error("the launcher ended before the container was started");
    }
    Status handled = OnMessage(message, std::move(fd));
    if (!handled.ok() || handshake_.held()) return handled;
  }
}

Status Launch::OnMessage(SyncMessage& message, UniqueFd fd) {
  switch (message.type) {
    case SyncType::kMapMe:
      return plan_.userns ? MapStage() : Status::Error("unexpected request");
    case SyncType::kOpen:
      return AnswerOpenOutside(stage_.sync.get(), stage_.pid, plan_, message.step);
    case SyncType::kChild: {
      handles_.payload = message.number;
      report_.Mark("cloned");
      Status connecting = Connect();
      return connecting.ok() ? Arrive(Handshake::kProcess) : connecting;
    }
    case SyncType::kNetwork: {
      if (!IsNetworkHidden(plan_)) return Status::Error("unexpected network");
      Status shown = helpers_.ShowNetwork(std::move(fd));
      return shown.ok() ? Connect() : shown;
    }
    case SyncType::kPty:
      return OnTerminal(std::move(fd));
    case SyncType::kListener:
      if (!plan_.seccomp_listener) return Status::Error("unexpected listener");
      return SendListener(*plan_.seccomp_listener, handles_.payload, fd.get());
    case SyncType::kCreated:
      if (arguments_.restarts > 0) return Release();  // it has been let go once and for all
      handshake_.Hold();
      return {};
    case SyncType::kReleased:
      return {};
    case SyncType::kReady:
      report_.Mark("prepared");
      return Arrive(Handshake::kBarrier);
    case SyncType::kFailed:
      report_.FailAt(message.step);
      return Status::Errno(message.text, message.number);
    default:
      return Status::Error("unexpected message");
  }
}

Status Launch::MapStage() {
  const HeaderUserns& map = *plan_.userns;
  Status mapped = map.helper ? MapIdsWithHelpers(stage_.pid, map.uids, map.gids)
                             : MapIdsDirectly(stage_.pid, map.uids, map.gids, ::geteuid() != 0);
  if (!mapped.ok()) return Status::Errno("cannot map ids: " + mapped.what(), mapped.err());
  std::string path = "/proc/" + std::to_string(stage_.pid) + "/ns/user";
  handles_.userns_fd.reset(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  report_.Mark("mapped");
  // A stage that has failed meanwhile has said why, and that is read next.
  SendSync(stage_.sync.get(), SyncType::kMapped);
  return {};
}

Status Launch::OnTerminal(UniqueFd master) {
  if (plan_.handover) {
    return SendDescriptor(plan_.handover->console_socket, "/dev/ptmx", master.get());
  }
  handles_.pty_master = std::move(master);
  return {};
}

// The payload, or what stands in for it, may be told of in any order.
Status Launch::Connect() {
  if (handles_.payload <= 0 || (IsNetworkHidden(plan_) && !helpers_.shows_network())) return {};
  if (plan_.network_helper) {
    return helpers_.StartNetwork(*plan_.network_helper, handles_.payload);
  }
  if (!plan_.bridges) return {};
  Status connected =
      helpers_.Connect(plan_, {arguments_.bridges.users.get(), arguments_.bridges.network.get()},
                       arguments_.published, handles_.payload);
  if (!connected.ok()) return connected;
  report_.Mark("network");
  return Arrive(Handshake::kNetwork);
}

Status Launch::OnNetwork() {
  Status finished = helpers_.FinishNetwork(plan_, arguments_.published, handles_.payload);
  if (!finished.ok()) return finished;
  report_.Mark("network");
  return Arrive(Handshake::kNetwork);
}

Status Launch::Arrive(Handshake::Part part) { return handshake_.Arrive(part) ? LetGo() : Status(); }

Status Launch::LetGo() {
  // Exec sessions share the namespaces of their container.
  if (!plan_.monitor->container_dir.empty()) handles_.strays.Begin(handles_.payload);
  for (const HeaderRuntimeHook& hook : plan_.runtime_hooks) {
    Status run = RunHook(HookOf(hook), handles_.payload);
    if (!run.ok()) return run;
  }
  return SendSync(stage_.sync.get(), SyncType::kStart, handles_.payload)
             ? Status()
             : Status::Errno("container process");
}

Status Launch::Release() {
  for (const StorageOp& op : plan_.storage) {
    const auto* start = std::get_if<StoragePinStart>(&op);
    if (start == nullptr) continue;
    UniqueFd fifo(::open(start->fifo.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!fifo.valid() || !WriteFull(fifo.get(), "s", 1)) return Status::Errno(start->fifo);
  }
  return {};
}

}  // namespace bryo
