#include "launcher/port_relay.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "relay/main.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

// A program of its own: a copy of this process would keep the whole plan in memory.
[[noreturn]] void ExecRelay(const Relayed& relayed, pid_t parent, const std::vector<int>& handed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  std::vector<int> fds = {null, null, null};
  fds.insert(fds.end(), handed.begin(), handed.end());
  // Out of the way of each other first.
  const auto count = static_cast<int>(fds.size());
  for (int& fd : fds) fd = ::fcntl(fd, F_DUPFD_CLOEXEC, count);
  for (int fd = 0; fd < count; ++fd) ::dup2(fds[static_cast<size_t>(fd)], fd);
  ::syscall(SYS_close_range, static_cast<unsigned>(count), ~0U, 0);
  for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  std::string payload_text = std::to_string(relayed.payload);
  std::string network_text = std::to_string(relayed.network);
  std::string parent_text = std::to_string(parent);
  const char* argv[] = {"bryo-launcher",     "relay", payload_text.c_str(), network_text.c_str(),
                        parent_text.c_str(), nullptr};
  char* env[] = {nullptr};
  if (::chdir("/") == 0) ::execve("/proc/self/exe", const_cast<char**>(argv), env);
  std::string text = std::to_string(errno) + " port relay";
  WriteFull(kRelayReportFd, text.data(), text.size());
  ::_exit(127);
}

}  // namespace

Status WriteRelayPorts(const HeaderPortRelay& plan, UniqueFd& out) {
  std::vector<uint32_t> numbers = plan.addresses;
  numbers.push_back(static_cast<uint32_t>(plan.neighbours.size() / kRelayNetworkNumbers));
  numbers.insert(numbers.end(), plan.neighbours.begin(), plan.neighbours.end());
  numbers.insert(numbers.end(), plan.ports.begin(), plan.ports.end());
  UniqueFd ports(::memfd_create("bryo-ports", MFD_CLOEXEC));
  if (!ports.valid() ||
      !WriteFull(ports.get(), numbers.data(), numbers.size() * sizeof(uint32_t))) {
    return Status::Errno("port relay");
  }
  out = std::move(ports);
  return {};
}

Status SpawnPortRelay(int ports, const Relayed& relayed, StartedRelay& out) {
  int report[2];
  if (::lseek(ports, 0, SEEK_SET) != 0 || ::pipe2(report, O_CLOEXEC) != 0) {
    return Status::Errno("port relay");
  }
  out.report.reset(report[0]);
  UniqueFd report_write(report[1]);
  pid_t parent = ::getpid();
  out.pid = ::fork();
  if (out.pid < 0) return Status::Errno("fork");
  if (out.pid > 0) return {};
  std::vector<int> handed = {ports, report_write.get()};
  for (const UniqueFd& fd : relayed.published) handed.push_back(fd.get());
  ExecRelay(relayed, parent, handed);
}

Status ReadRelayReport(int report) {
  std::string text;
  if (!ReadAll(report, 4096, text)) return Status::Errno("port relay");
  if (text.empty()) return {};
  char* what = nullptr;
  auto number = static_cast<int>(std::strtol(text.c_str(), &what, 10));
  return Status::Errno(*what == ' ' ? what + 1 : what, number);
}

}  // namespace bryo
