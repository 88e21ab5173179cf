#include "net/dhcp_client.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdlib>

#include "sys/io.h"

namespace bryo {
namespace {

// This program, which udhcpc runs when something has happened: by a descriptor, for the client's
// user may not be allowed to look it up.
constexpr int kScriptFd = 9;
constexpr char kScript[] = "/proc/self/fd/9";

// "nobody": files of the user are none of the client's business, which reads what anybody on the
// LAN may send.
constexpr uid_t kNobody = 65534;
constexpr int kKept[] = {CAP_NET_RAW, CAP_NET_ADMIN, CAP_NET_BIND_SERVICE};

bool KeepFewRights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct kept[2] = {};
  for (int capability : kKept) kept[0].permitted |= 1U << capability;
  kept[0].effective = kept[0].inheritable = kept[0].permitted;
  ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  ::setgroups(0, nullptr);
  // Where no other ids are mapped the client stays what this process is.
  if (::setresgid(kNobody, kNobody, kNobody) == 0) {
    if (::setresuid(kNobody, kNobody, kNobody) != 0) return false;
  }
  if (::syscall(SYS_capset, &header, kept) != 0) return false;
  for (int capability : kKept) {
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0) != 0) return false;
  }
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;
}

[[noreturn]] void Run(const DhcpClient& client) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  int script = ::open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
  ::dup3(script, kScriptFd, 0);
  ::syscall(SYS_close_range, 3U, static_cast<unsigned>(kScriptFd - 1), 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(kScriptFd + 1), ~0U, 0);
  std::vector<const char*> argv;
  for (const std::string& word : client.program) argv.push_back(word.c_str());
  for (const char* word : {"-f", "-i", client.interface.c_str(), "-s", kScript}) {
    argv.push_back(word);
  }
  for (const std::string& word : client.words) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  ::setenv(kDhcpVariable, client.purpose.c_str(), 1);
  if (!KeepFewRights()) ::_exit(126);
  // A change of ids takes it back.
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::execv(argv[0], const_cast<char**>(argv.data()));
  ::_exit(127);
}

}  // namespace

Status StartDhcpClient(const DhcpClient& client, pid_t& out) {
  if (client.program.empty()) return Status::Error("no DHCP client");
  out = ::fork();
  if (out == 0) Run(client);
  return out > 0 ? Status() : Status::Errno("fork");
}

void StopDhcpClient(pid_t client) {
  if (client <= 0) return;
  ::kill(client, SIGKILL);
  WaitFor(client);
}

}  // namespace bryo
