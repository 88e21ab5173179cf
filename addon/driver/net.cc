// bryo-net-driver, in tests only: the responder of names and the gate between two network
// namespaces, and leases that are held.
//   respond NETWORKS RESOLV_CONF NETNS [NFT]   listens in NETNS, asks servers from the own
//   namespace;
//                                        with NFT it holds egress policies and writes refusals
//   gate NETNS NFT                       with its rules in NETNS, servers in the own namespace
//   hold LEASES NUMBER...                holds the bytes of these numbers
// Either writes "ready" and stays until it is killed.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "net/dns_responder.h"
#include "net/egress_log.h"
#include "net/firewall.h"
#include "net/gate.h"
#include "net/gate_rules.h"
#include "net/netlink.h"

namespace {

int Fail(const char* what) {
  std::perror(what);
  return 1;
}

int Ready() {
  std::puts("ready");
  std::fflush(stdout);
  return 0;
}

// Does the work on a thread in the namespace of a file.
template <typename Work>
bryo::Status Inside(const char* network, Work work) {
  bryo::UniqueFd fd(::open(network, O_RDONLY | O_CLOEXEC));
  bryo::Status status;
  std::thread([&] {
    bool entered = ::setns(fd.get(), CLONE_NEWNET) == 0;
    status = entered ? work() : bryo::Status::Errno(network);
  }).join();
  return status;
}

template <typename Part>
int Run(Part& part, const bryo::Status& status) {
  if (!status.ok()) {
    std::fprintf(stderr, "%s\n", status.message().c_str());
    return 1;
  }
  Ready();
  for (;;) {
    pollfd waiting{part.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, -1) > 0) part.Handle();
  }
}

class WrittenRefusals : public bryo::dns::Refusals {
 public:
  void Refused(const bryo::dns::Place& place, const std::string& what) override {
    std::printf("refused %u %s\n", place.host->facts.policy, what.c_str());
    std::fflush(stdout);
  }
};

struct FirewallOpenings : public bryo::dns::Openings {
  bryo::Status Open(const std::vector<bryo::TimedOpening>& openings) override {
    return bryo::OpenForAWhile(netfilter.get(), openings);
  }

  bryo::UniqueFd netfilter;
};

int RespondWithPolicies(char** argv) {
  bryo::UniqueFd network(::open(argv[2], O_RDONLY | O_CLOEXEC));
  if (bryo::LayRules(argv[3], network.get()).firewall != bryo::Firewall::kGuarded) {
    return Fail("firewall");
  }
  bryo::dns::Listeners listeners;
  static FirewallOpenings openings;
  bryo::UniqueFd log;
  bryo::Status status = Inside(argv[2], [&] {
    openings.netfilter = bryo::OpenNetlink(NETLINK_NETFILTER);
    log = bryo::OpenEgressLog();
    return bryo::dns::OpenListeners(listeners);
  });
  static WrittenRefusals refusals;
  bryo::dns::Responder responder(argv[0], argv[1]);
  if (status.ok()) status = responder.Open(std::move(listeners));
  responder.OpenEgress(&openings, std::move(log), &refusals);
  return Run(responder, status);
}

int Respond(char** argv) {
  bryo::dns::Listeners listeners;
  bryo::Status status = Inside(argv[2], [&] { return bryo::dns::OpenListeners(listeners); });
  bryo::dns::Responder responder(argv[0], argv[1]);
  if (status.ok()) status = responder.Open(std::move(listeners));
  return Run(responder, status);
}

int RunGate(char** argv) {
  bryo::gate::Sockets sockets;
  bryo::UniqueFd network(::open(argv[0], O_RDONLY | O_CLOEXEC));
  if (!bryo::LayRules(argv[1], network.get()).gate) return Fail("rules");
  bryo::Status status = Inside(argv[0], [&] {
    bryo::Status opened = bryo::gate::OpenSockets(sockets);
    return opened.ok() ? bryo::gate::LayRoutes() : opened;
  });
  static bryo::gate::Gate gate;
  if (status.ok()) status = gate.Open(std::move(sockets));
  return Run(gate, status);
}

int Hold(char** argv) {
  int file = ::open(argv[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (char** number = argv + 1; *number != nullptr; ++number) {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = std::atoll(*number);
    lock.l_len = 1;
    if (::fcntl(file, F_OFD_SETLK, &lock) != 0) return Fail("lock");
  }
  Ready();
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc == 5 && std::strcmp(argv[1], "respond") == 0) return Respond(argv + 2);
  if (argc == 6 && std::strcmp(argv[1], "respond") == 0) return RespondWithPolicies(argv + 2);
  if (argc == 4 && std::strcmp(argv[1], "gate") == 0) return RunGate(argv + 2);
  if (argc >= 4 && std::strcmp(argv[1], "hold") == 0) return Hold(argv + 2);
  return 2;
}
