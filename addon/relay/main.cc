#include "relay/main.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "monitor/clock.h"
#include "monitor/protect.h"
#include "relay/confine.h"
#include "relay/events.h"
#include "relay/own_address.h"
#include "relay/port_list.h"
#include "relay/return_path.h"
#include "relay/tcp_relay.h"
#include "relay/udp_relay.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/limits.h"
#include "sys/syscalls.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr size_t kMaxPortsBytes = 1 << 24;
constexpr int kSweepMilliseconds = 10'000;

// The ports of the host, open, by their protocol.
struct HostPorts {
  RelayTarget target;
  std::vector<HostPort> tcp;
  std::vector<HostPort> udp;
};

Status ReadPorts(RelayTarget& target, std::vector<RelayPort>& ports) {
  std::string bytes;
  if (!ReadAll(kRelayPortsFd, kMaxPortsBytes, bytes)) return Status::Errno("port relay");
  ::close(kRelayPortsFd);
  std::vector<uint32_t> numbers(bytes.size() / sizeof(uint32_t));
  if (!numbers.empty())
    std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(uint32_t));
  return ReadPortList(numbers, target, ports) ? Status()
                                              : Status::Error("port relay without ports");
}

Status BindPorts(HostPorts& out) {
  std::vector<RelayPort> ports;
  Status status = ReadPorts(out.target, ports);
  for (const RelayPort& port : ports) {
    if (!status.ok()) break;
    HostPort bound{{}, port.container_port, 0};
    status = OpenHostPort(port, bound.socket);
    if (!bound.socket.valid()) continue;
    (port.protocol == IPPROTO_TCP ? out.tcp : out.udp).push_back(std::move(bound));
  }
  return status;
}

Status EnterNetwork(pid_t pid, int pidfd) {
  auto flags = static_cast<int>(DifferingNamespaces(pid) & (CLONE_NEWUSER | CLONE_NEWNET));
  if ((flags & CLONE_NEWNET) == 0) return Status::Error("port relay for the host's own network");
  if (::setns(pidfd, flags) != 0) return Status::Errno("port relay: join the container's network");
  if ((flags & CLONE_NEWUSER) == 0) return {};
  ::setgroups(0, nullptr);
  // Without an id 0 in there the caller's own is as good.
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;
  return {};
}

struct Relays {
  Events events;
  UdpRelay udp;
  TcpRelay tcp;
  OwnAddresses addresses;
};

Status Prepare(Relays& relays, pid_t payload, pid_t network, pid_t parent, UniqueFd& pidfd) {
  RaiseDescriptorLimit();  // every peer takes a descriptor, every connection two
  HostPorts ports;
  Status status = BindPorts(ports);
  if (!status.ok()) return status;
  pidfd.reset(sys::pidfd_open(payload));
  if (!pidfd.valid()) return Status::Errno("port relay: container process");
  UniqueFd seen(sys::pidfd_open(network));
  status = EnterNetwork(network, seen.get());
  if (!status.ok()) return status;
  // Without it servers see connections from their own address: a kernel may lack rules for routes.
  ShownClients shown = LayReturnPath(ports.tcp, ports.udp, ports.target);
  ports.target.shows_ipv6 = shown.ipv6;
  if (!shown.ipv6) ports.target.ipv6.stand_in = {};
  if (shown.streams) relays.tcp.ShowClients();
  if (shown.datagrams) shown.datagrams = relays.udp.ShowClients();
  if (!relays.events.Open()) return Status::Errno("port relay");
  status = relays.udp.Open(relays.events, std::move(ports.udp), ports.target);
  if (status.ok()) status = relays.tcp.Open(relays.events, std::move(ports.tcp), ports.target);
  // Networks can be left and joined while the container runs, and give addresses late.
  if (status.ok()) status = relays.addresses.Open(relays.events, ports.target);
  if (status.ok() && !relays.events.Watch(pidfd.get(), EPOLLIN, {})) {
    status = Status::Errno("port relay");
  }
  if (!status.ok()) return status;
  // Changes of ids and namespaces have undone both.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return Status::Errno("port relay: launcher", ESRCH);
  ReleaseStartupMemory();
  return ConfineRelay(shown);
}

// Until the payload has ended.
void Run(Relays& relays) {
  constexpr int kAtOnce = 64;
  int64_t sweep_at = 0;
  for (;;) {
    epoll_event events[kAtOnce];
    int count =
        relays.events.Wait(events, kAtOnce, relays.udp.has_peers() ? kSweepMilliseconds : -1);
    if (count < 0 && errno != EINTR) return;
    int64_t now = MonotonicNow();
    for (int i = 0; i < count; ++i) {
      EventSource source = Events::SourceOf(events[i]);
      switch (source.kind) {
        case EventSource::kEnd:
          return;
        case EventSource::kUdpPort:
          relays.udp.HandleHost(source.index, now);
          break;
        case EventSource::kUdpPeer:
          relays.udp.HandlePeer(source.index, source.part, now);
          break;
        case EventSource::kListener:
          relays.tcp.HandleListener(source.index);
          break;
        case EventSource::kConnection:
          relays.tcp.HandleConnection(source.index, source.part);
          break;
        case EventSource::kAddress:
          if (!relays.addresses.Handle()) break;
          relays.udp.MoveTo(relays.addresses.ipv4(), relays.addresses.ipv6());
          relays.tcp.MoveTo(relays.addresses.ipv4(), relays.addresses.ipv6());
          break;
      }
    }
    if (now < sweep_at) continue;
    relays.udp.CloseIdle(now);
    sweep_at = now + kSweepMilliseconds * kMillisecond;
  }
}

}  // namespace

int RelayMain(int argc, char** argv) {
  if (argc != 3) return 125;
  // Processes inside may not look at this one, which has the host's files open.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NAME, "bryo-relay");
  ::fcntl(kRelayReportFd, F_SETFD, FD_CLOEXEC);
  auto payload = static_cast<pid_t>(std::strtol(argv[0], nullptr, 10));
  auto network = static_cast<pid_t>(std::strtol(argv[1], nullptr, 10));
  auto parent = static_cast<pid_t>(std::strtol(argv[2], nullptr, 10));
  static Relays relays;
  UniqueFd pidfd;
  Status status = Prepare(relays, payload, network, parent, pidfd);
  if (!status.ok()) {
    std::string text = std::to_string(status.err()) + " " + status.what();
    WriteFull(kRelayReportFd, text.data(), text.size());
    ::_exit(125);
  }
  ::close(kRelayReportFd);
  Run(relays);
  ::_exit(0);
}

}  // namespace bryo
