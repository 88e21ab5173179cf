#include "launcher/port_relay.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "relay/main.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

// A program of its own: a copy of this process would keep the whole plan in memory.
[[noreturn]] void ExecRelay(Relayed relayed, pid_t parent, int ports, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  int high_ports = ::fcntl(ports, F_DUPFD_CLOEXEC, 10);
  int high_report = ::fcntl(report, F_DUPFD_CLOEXEC, 10);
  for (int fd = 0; fd < 3; ++fd) ::dup2(null, fd);
  ::dup2(high_ports, kRelayPortsFd);
  ::dup2(high_report, kRelayReportFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(kRelayReportFd + 1), ~0U, 0);
  for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
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

Status StartPortRelay(const HeaderPortRelay& plan, Relayed relayed, pid_t& relay) {
  std::vector<uint32_t> numbers = {plan.container_address, plan.stand_in,
                                   static_cast<uint32_t>(plan.neighbours.size() / 2)};
  numbers.insert(numbers.end(), plan.neighbours.begin(), plan.neighbours.end());
  numbers.insert(numbers.end(), plan.ports.begin(), plan.ports.end());
  UniqueFd ports(::memfd_create("bryo-ports", MFD_CLOEXEC));
  int report[2];
  if (!ports.valid() || ::pipe2(report, O_CLOEXEC) != 0) return Status::Errno("port relay");
  UniqueFd report_read(report[0]);
  UniqueFd report_write(report[1]);
  if (!WriteFull(ports.get(), numbers.data(), numbers.size() * sizeof(uint32_t)) ||
      ::lseek(ports.get(), 0, SEEK_SET) != 0) {
    return Status::Errno("port relay");
  }
  pid_t parent = ::getpid();
  relay = ::fork();
  if (relay < 0) return Status::Errno("fork");
  if (relay == 0) ExecRelay(relayed, parent, ports.get(), report_write.get());
  report_write.reset();
  std::string text;
  if (!ReadAll(report_read.get(), 4096, text)) return Status::Errno("port relay");
  if (text.empty()) return {};
  char* what = nullptr;
  auto number = static_cast<int>(std::strtol(text.c_str(), &what, 10));
  return Status::Errno(*what == ' ' ? what + 1 : what, number);
}

}  // namespace bryo
