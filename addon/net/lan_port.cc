#include "net/lan_port.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>
#include <vector>

#include "net/in_child.h"
#include "net/lan_device.h"
#include "net/netlink.h"
#include "sys/arguments.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kLongestAnswer = 4096;

struct Port {
  std::string directory;
  std::string helper;
  std::string bridge;
  InnerDevice device;
};

Status EnterSpaces() {
  if (::setns(kLanPortUsersFd, CLONE_NEWUSER) != 0 ||
      ::setns(kLanPortNetworkFd, CLONE_NEWNET) != 0) {
    return Status::Errno("the bridges' namespaces");
  }
  return {};
}

// Commands that come at a time wait for each other.
bool TakeTurn(const Port& port, UniqueFd& out) {
  const std::string path = port.directory + "/" + kBridgeHolderFile;
  out.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  int taken = -1;
  while (out.valid() && (taken = ::fcntl(out.get(), F_OFD_SETLKW, &lock)) != 0 && errno == EINTR) {
    continue;
  }
  return taken == 0;
}

// Whether the other end is where it was made, as the file says (name and index); so it counts where
// nothing tells, as in a runtime directory that was wiped: containers may be using it.
bool IsPortOfBridge(const Port& port) {
  UniqueFd fd(::open((port.directory + "/" + kLanPortFile).c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), kLongestAnswer, text)) return true;
  const size_t blank = text.find(' ');
  if (blank == std::string::npos) return true;
  const std::string name = text.substr(0, blank);
  const std::string place = "/sys/class/net/" + port.bridge + "/brif/" + name;
  return ::access(place.c_str(), F_OK) == 0 &&
         std::to_string(::if_nametoindex(name.c_str())) == text.substr(blank + 1);
}

Status Configure(const Port& port) {
  Status entered = EnterSpaces();
  return entered.ok() ? ConfigureInnerDevice(port.device) : entered;
}

Status RemoveFormer(const Port& port) {
  Status entered = EnterSpaces();
  if (!entered.ok()) return entered;
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  NetlinkBatch batch;
  batch.Begin(RTM_DELLINK, NLM_F_ACK, ifinfomsg{}, "device " + port.device.name, ENODEV);
  batch.AddText(IFLA_IFNAME, port.device.name);
  return batch.Send(socket.get());
}

// A process of the bridges' network, which the helper is told of and, as the user, may look at.
class StandIn {
 public:
  Status Start() {
    int started[2];
    if (::pipe2(started, O_CLOEXEC) != 0) return Status::Errno("pipe");
    UniqueFd reading(started[0]);
    UniqueFd writing(started[1]);
    pid_ = ::fork();
    if (pid_ < 0) return Status::Errno("fork");
    if (pid_ == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      if (!EnterSpaces().ok()) ::_exit(1);
      ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
      WriteFull(writing.get(), "+", 1);
      for (;;) ::pause();
    }
    writing.reset();
    char sign = 0;
    return ReadFull(reading.get(), &sign, 1) ? Status() : Status::Error("the bridges' namespaces");
  }
  ~StandIn() {
    if (pid_ <= 0) return;
    ::kill(pid_, SIGKILL);
    WaitFor(pid_);
  }
  StandIn() = default;
  StandIn(const StandIn&) = delete;
  StandIn& operator=(const StandIn&) = delete;
  pid_t pid() const { return pid_; }

 private:
  pid_t pid_ = -1;
};

[[noreturn]] void RunHelper(const Port& port, pid_t target, int output) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  ::dup2(output, STDOUT_FILENO);
  ::dup2(output, STDERR_FILENO);
  const std::string pid = std::to_string(target);
  // The directory and the name of a container of lxc's go into the helper's messages only.
  const char* argv[] = {port.helper.c_str(),
                        "create",
                        port.directory.c_str(),
                        "bryo",
                        pid.c_str(),
                        "veth",
                        port.bridge.c_str(),
                        port.device.name.c_str(),
                        nullptr};
  ::execv(port.helper.c_str(), const_cast<char**>(argv));
  std::perror(port.helper.c_str());
  ::_exit(127);
}

// The last line of a helper that has failed.
Status HelperFailure(std::string text) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  const size_t line = text.rfind('\n');
  if (line != std::string::npos) text.erase(0, line + 1);
  return Status::Error("lxc-user-nic: " + (text.empty() ? "it was killed" : text));
}

// The helper's answer is NAME:INDEX:PORT:INDEX.
bool ReadPort(std::string text, std::string& out) {
  while (!text.empty() && text.back() == '\n') text.pop_back();
  std::vector<std::string> words(1);
  for (char letter : text) {
    if (letter == ':') {
      words.emplace_back();
    } else {
      words.back() += letter;
    }
  }
  if (words.size() != 4) return false;
  out = words[2] + " " + words[3];
  return true;
}

Status AskHelper(const Port& port, std::string& made) {
  StandIn stand_in;
  Status status = stand_in.Start();
  if (!status.ok()) return status;
  int output[2];
  if (::pipe2(output, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd reading(output[0]);
  UniqueFd writing(output[1]);
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) RunHelper(port, stand_in.pid(), writing.get());
  writing.reset();
  std::string text;
  ReadAll(reading.get(), kLongestAnswer, text);
  int ended = WaitFor(pid);
  const bool good = WIFEXITED(ended) && WEXITSTATUS(ended) == 0;
  return good && ReadPort(text, made) ? Status() : HelperFailure(text);
}

Status Remember(const Port& port, const std::string& made) {
  const std::string path = port.directory + "/" + kLanPortFile;
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600));
  const bool written = fd.valid() && WriteFull(fd.get(), made.data(), made.size());
  return written ? Status() : Status::Errno(path);
}

Status Connect(const Port& port) {
  UniqueFd turn;
  if (!TakeTurn(port, turn)) return Status::Errno(port.directory);
  // Of a device that is not there it fails.
  if (IsPortOfBridge(port) && InChild([&port] { return Configure(port); }).ok()) return {};
  Status status = InChild([&port] { return RemoveFormer(port); });
  std::string made;
  if (status.ok()) status = AskHelper(port, made);
  if (!status.ok()) return status;
  status = InChild([&port] { return Configure(port); });
  return status.ok() ? Remember(port, made) : status;
}

}  // namespace

int LanPortMain(int argc, char** argv) {
  Arguments words(argc, argv);
  ::umask(0077);
  Port port{words.Text("--directory"),
            words.Text("--helper"),
            words.Text("--bridge"),
            {words.Text("--name"), "", static_cast<unsigned>(words.Number("--mtu"))}};
  Status connected = Connect(port);
  const std::string answer = connected.ok() ? "ok" : connected.message();
  WriteFull(STDOUT_FILENO, answer.data(), answer.size());
  return connected.ok() ? 0 : 1;
}

}  // namespace bryo
