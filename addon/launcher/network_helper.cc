#include "launcher/network_helper.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cstdlib>
#include <cstring>

#include "sys/c_strings.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kHelperReadyFd = 3;
constexpr int kHelperExitFd = 4;
constexpr int kApiTimeoutMilliseconds = 5000;

std::string Substitute(std::string text, std::string_view mark, const std::string& value) {
  for (size_t at = text.find(mark); at != std::string::npos; at = text.find(mark, at)) {
    text.replace(at, mark.size(), value);
  }
  return text;
}

// The socket's directory can be longer than sun_path: go through its descriptor.
Status ConnectApi(const std::string& path, UniqueFd& out) {
  size_t slash = path.rfind('/');
  UniqueFd directory(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  out = UniqueFd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!directory.valid() || !out.valid()) return Status::Errno(path);
  std::string short_path = "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, short_path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(out.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return Status::Errno("connect to the network helper");
  }
  return {};
}

Status SendRequest(const std::string& socket_path, const std::string& request) {
  UniqueFd socket;
  Status connected = ConnectApi(socket_path, socket);
  if (!connected.ok()) return connected;
  if (!WriteFull(socket.get(), request.data(), request.size())) {
    return Status::Errno("network helper request");
  }
  ::shutdown(socket.get(), SHUT_WR);
  pollfd poller{socket.get(), POLLIN, 0};
  if (::poll(&poller, 1, kApiTimeoutMilliseconds) <= 0) {
    return Status::Errno("network helper request", ETIMEDOUT);
  }
  std::string answer;
  ReadAll(socket.get(), 4096, answer);
  if (answer.find("\"error\"") == std::string::npos) return {};
  return Status::Error("network helper refused " + request + ": " + answer);
}

// All that a helper gets of the caller's environment: where the loader finds libraries (ld.so(8)).
// It runs for as long as the container, which may see it. `library` comes in front of what the
// caller preloads.
std::vector<std::string> HelperEnvironment(const std::string& library) {
  std::vector<std::string> environment;
  std::string preload = library;
  if (const char* others = ::getenv("LD_PRELOAD"); others != nullptr) {
    preload += (preload.empty() ? "" : ":") + std::string(others);
  }
  if (!preload.empty()) environment.push_back("LD_PRELOAD=" + preload);
  if (const char* path = ::getenv("LD_LIBRARY_PATH"); path != nullptr) {
    environment.push_back("LD_LIBRARY_PATH=" + std::string(path));
  }
  return environment;
}

// slirp4netns goes from its old root without making the mounts below private: run by root, it would
// take down the host's own where those are shared (mount_namespaces(7)). Others may not and need
// not.
bool LeaveHostMounts() {
  if (::geteuid() != 0) return true;
  if (::unshare(CLONE_NEWNS) != 0) return errno == EPERM;
  return ::mount(nullptr, "/", nullptr, MS_REC | MS_SLAVE, nullptr) == 0;
}

// Nothing where no file is asked for.
Status WritePid(const std::string& path, pid_t pid) {
  if (path.empty()) return {};
  UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  std::string text = std::to_string(pid) + "\n";
  bool written = file.valid() && WriteFull(file.get(), text.data(), text.size());
  return written ? Status() : Status::Errno(path);
}

// The last line that says why a helper has ended. pasta(1) lists all options after a wrong one, and
// where no syslog is tells so after each line.
std::string LastMessage(std::string text) {
  if (size_t usage = text.find("\nUsage:"); usage != std::string::npos) text.erase(usage);
  for (;;) {
    while (!text.empty() && text.back() == '\n') text.pop_back();
    size_t end = text.rfind('\n');
    std::string line = end == std::string::npos ? text : text.substr(end + 1);
    if (end == std::string::npos || !line.ends_with(" bytes to syslog")) return line;
    text.erase(end);
  }
}

}  // namespace

// pasta(1) tells that it is ready only by writing its pid to a file: a named pipe serves as one.
Status NetworkHelper::MakeReadyPipe(const std::string& path, UniqueFd& write_end) {
  int ready[2];
  if (::pipe2(ready, O_CLOEXEC) != 0) return Status::Errno("pipe");
  ready_.reset(ready[0]);
  write_end.reset(ready[1]);
  if (path.empty()) return {};
  ::unlink(path.c_str());
  if (::mkfifo(path.c_str(), 0600) != 0) return Status::Errno(path);
  ready_.reset(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  return ready_.valid() ? Status() : Status::Errno(path);
}

Status NetworkHelper::Start(const HeaderNetworkHelper& plan, pid_t pid) {
  std::vector<std::string> args;
  for (const std::string& arg : plan.argv) {
    std::string text = Substitute(arg, "%PID%", std::to_string(pid));
    text = Substitute(text, "%READY_FD%", std::to_string(kHelperReadyFd));
    args.push_back(Substitute(text, "%EXIT_FD%", std::to_string(kHelperExitFd)));
  }
  std::vector<char*> argv = CStrings(args);
  std::vector<std::string> environment = HelperEnvironment(plan.preload);
  std::vector<char*> env = CStrings(environment);
  int exit_pipe[2];
  UniqueFd ready_write;
  Status made = MakeReadyPipe(plan.ready_path, ready_write);
  if (!made.ok()) return made;
  if (::pipe2(exit_pipe, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd exit_read(exit_pipe[0]);
  exit_.reset(exit_pipe[1]);
  messages_.reset(::memfd_create("bryo-network", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  pid_ = ::fork();
  if (pid_ < 0) return Status::Errno("fork");
  if (pid_ > 0) pidfd_.reset(sys::pidfd_open(pid_));
  if (pid_ == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    int high_ready = ::fcntl(ready_write.get(), F_DUPFD_CLOEXEC, 10);
    int high_exit = ::fcntl(exit_read.get(), F_DUPFD_CLOEXEC, 10);
    ::dup2(null.get(), 0);
    ::dup2(null.get(), 1);
    ::dup2(messages_.get(), 2);
    if (plan.ready_path.empty()) ::dup2(high_ready, kHelperReadyFd);
    ::dup2(high_exit, kHelperExitFd);
    ::syscall(SYS_close_range, static_cast<unsigned>(kHelperExitFd + 1), ~0U, 0);
    // A socket's address holds 107 bytes only, so the helper names its own relative to here.
    if (!plan.api_socket.empty()) {
      std::string directory = plan.api_socket.substr(0, plan.api_socket.rfind('/') + 1);
      if (::chdir(directory.c_str()) != 0) ::_exit(127);
    }
    // pasta refuses to run with a signal ignored that it wants to ignore itself.
    for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
    if (!LeaveHostMounts()) {
      ::dprintf(2, "%s: mount namespace: %s", argv[0], std::strerror(errno));
      ::_exit(127);
    }
    ::execve(argv[0], argv.data(), env.data());
    ::dprintf(2, "%s: %s", argv[0], std::strerror(errno));
    ::_exit(127);
  }
  return {};
}

Status NetworkHelper::Failure(const HeaderNetworkHelper& plan) {
  std::string text;
  ::lseek(messages_.get(), 0, SEEK_SET);
  ReadAll(messages_.get(), 4096, text);
  return Status::Error("network helper " + plan.argv[0] + " failed: " + LastMessage(text));
}

Status NetworkHelper::Finish(const HeaderNetworkHelper& plan) {
  char byte = 0;
  bool ready = ReadFull(ready_.get(), &byte, 1);
  ready_.reset();
  if (!plan.ready_path.empty()) ::unlink(plan.ready_path.c_str());
  if (!ready) return Failure(plan);
  Status told = WritePid(plan.pid_file, pid_);
  if (!told.ok()) return told;
  for (const std::string& request : plan.api_requests) {
    Status sent = SendRequest(plan.api_socket, request);
    if (!sent.ok()) return sent;
  }
  // From here on its messages have no reader: a sealed file keeps them from growing.
  ::fcntl(messages_.get(), F_ADD_SEALS, F_SEAL_GROW);
  return {};
}

}  // namespace bryo
