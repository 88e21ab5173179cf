#include "relay/main.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "monitor/protect.h"
#include "relay/confine.h"
#include "relay/relay.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr size_t kMaxPortsBytes = 1 << 20;

Status ReadPorts(std::vector<RelayPort>& ports, uint32_t& container) {
  std::string bytes;
  if (!ReadAll(kRelayPortsFd, kMaxPortsBytes, bytes)) return Status::Errno("UDP relay");
  ::close(kRelayPortsFd);
  std::vector<uint32_t> numbers(bytes.size() / sizeof(uint32_t));
  if (numbers.empty()) return Status::Error("UDP relay without ports");
  std::memcpy(numbers.data(), bytes.data(), numbers.size() * sizeof(uint32_t));
  container = numbers[0];
  for (size_t i = 1; i + 2 < numbers.size(); i += 3) {
    ports.push_back(
        {numbers[i], static_cast<uint16_t>(numbers[i + 1]), static_cast<uint16_t>(numbers[i + 2])});
  }
  return {};
}

// Every peer takes a descriptor.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status EnterNetwork(pid_t pid, int pidfd) {
  auto flags = static_cast<int>(DifferingNamespaces(pid) & (CLONE_NEWUSER | CLONE_NEWNET));
  if ((flags & CLONE_NEWNET) == 0) return Status::Error("UDP relay for the host's own network");
  if (::setns(pidfd, flags) != 0) return Status::Errno("UDP relay: join the container's network");
  if ((flags & CLONE_NEWUSER) == 0) return {};
  ::setgroups(0, nullptr);
  // Without an id 0 in there the caller's own is as good.
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) errno = 0;
  return {};
}

Status Prepare(Relay& relay, pid_t payload, pid_t parent, UniqueFd& pidfd) {
  std::vector<RelayPort> ports;
  uint32_t container = 0;
  Status status = ReadPorts(ports, container);
  if (!status.ok()) return status;
  RaiseDescriptorLimit();
  pidfd.reset(sys::pidfd_open(payload));
  if (!pidfd.valid()) return Status::Errno("UDP relay: container process");
  status = relay.Bind(ports, container);
  if (status.ok()) status = EnterNetwork(payload, pidfd.get());
  if (!status.ok()) return status;
  // Changes of ids and namespaces have undone both.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) return Status::Errno("UDP relay: launcher", ESRCH);
  ReleaseStartupMemory();
  return ConfineRelay();
}

}  // namespace

int RelayMain(int argc, char** argv) {
  if (argc != 2) return 125;
  // Processes inside may not look at this one, which has the host's files open.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  ::prctl(PR_SET_NAME, "bryo-relay");
  ::fcntl(kRelayReportFd, F_SETFD, FD_CLOEXEC);
  auto payload = static_cast<pid_t>(std::strtol(argv[0], nullptr, 10));
  auto parent = static_cast<pid_t>(std::strtol(argv[1], nullptr, 10));
  static Relay relay;
  UniqueFd pidfd;
  Status status = Prepare(relay, payload, parent, pidfd);
  if (!status.ok()) {
    std::string text = std::to_string(status.err()) + " " + status.what();
    WriteFull(kRelayReportFd, text.data(), text.size());
    ::_exit(125);
  }
  ::close(kRelayReportFd);
  relay.Run(pidfd.get());
  ::_exit(0);
}

}  // namespace bryo
