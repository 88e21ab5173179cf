// Container operations that end in the container's command, or in its stead.
#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>

#include "launcher/context.h"
#include "launcher/init.h"
#include "sys/c_strings.h"
#include "sys/contract.gen.h"
#include "sys/io.h"

namespace bryo {
namespace {

// setsid comes first: a terminal becomes the controlling one of a session leader without one.
Status TakeStdio(LaunchContext& context) {
  ::setsid();
  if (context.pty_slave.valid()) {
    int slave = context.pty_slave.get();
    if (::ioctl(slave, TIOCSCTTY, 0) != 0) return Status::Errno("set the controlling terminal");
    for (int fd = 0; fd < 3; ++fd) {
      if (::dup2(slave, fd) < 0) return Status::Errno("terminal");
    }
    return {};
  }
  for (int fd = 0; fd < 3; ++fd) {
    if (::dup2(kPayloadStdin + fd, fd) < 0) return Status::Errno("stdio");
  }
  return {};
}

const char* FindVariable(const std::vector<std::string>& env, std::string_view name) {
  for (const std::string& entry : env) {
    if (entry.size() > name.size() && entry.compare(0, name.size(), name) == 0 &&
        entry[name.size()] == '=') {
      return entry.c_str() + name.size() + 1;
    }
  }
  return nullptr;
}

bool IsExecutable(const std::string& path, int& err) {
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) {
    if (errno == EACCES) err = EACCES;
    return false;
  }
  if (S_ISREG(st.st_mode) && ::faccessat(AT_FDCWD, path.c_str(), X_OK, AT_EACCESS) == 0)
    return true;
  err = S_ISDIR(st.st_mode) ? EISDIR : EACCES;
  return false;
}

// execvp(3) without its shell fallback, and telling "not found" from "found but not allowed".
Status ExecInPath(const std::string& name, const char* path, char** argv, char** env) {
  int err = ENOENT;
  std::string_view rest(path);
  for (;;) {
    size_t colon = rest.find(':');
    std::string_view directory = rest.substr(0, colon);
    std::string file = directory.empty() ? name : std::string(directory) + "/" + name;
    struct stat st {};
    if (::stat(file.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
      ::execve(file.c_str(), argv, env);
      if (errno != ENOENT && errno != ENOTDIR) err = errno;
      if (errno != EACCES && errno != ENOENT && errno != ENOTDIR) break;
    }
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  return Status::Errno("exec " + name, err);
}

Status Execute(const OpExec& op, std::vector<std::string>& env_storage) {
  std::vector<char*> argv = CStrings(op.argv);
  std::vector<char*> env = CStrings(env_storage);
  // No signal state of ours may reach the payload.
  sigset_t none;
  sigemptyset(&none);
  for (int sig = 1; sig < NSIG; ++sig) ::signal(sig, SIG_DFL);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  const std::string& name = op.argv[0];
  if (name.find('/') == std::string::npos) {
    const char* path = FindVariable(env_storage, "PATH");
    return ExecInPath(name, path != nullptr ? path : kDefaultPath, argv.data(), env.data());
  }
  struct stat st {};
  if (::stat(name.c_str(), &st) == 0 && S_ISDIR(st.st_mode))
    return Status::Errno("exec " + name, EISDIR);
  ::execve(name.c_str(), argv.data(), env.data());
  return Status::Errno("exec " + name);
}

// The numbers that descriptors are to have may be those of others: all move behind the last one
// first, the sync socket and the init program in front.
Status PlacePreserved(LaunchContext& context, const std::vector<int>& numbers) {
  if (numbers.empty()) return {};
  std::vector<int> sources;
  for (size_t i = 0; i < numbers.size(); ++i)
    sources.push_back(kPreservedFds + static_cast<int>(i));
  int beyond = std::max(sources.back(), *std::max_element(numbers.begin(), numbers.end())) + 1;
  const auto move = [&beyond](int fd) {
    int moved = ::fcntl(fd, F_DUPFD_CLOEXEC, beyond);
    beyond = moved + 1;
    return moved;
  };
  context.sync_fd = move(kSyncFd);
  if (context.init_program.valid()) context.init_program.reset(move(context.init_program.get()));
  for (int& source : sources) source = move(source);
  if (sources.back() < 0) return Status::Errno("preserved descriptor");
  for (size_t i = 0; i < numbers.size(); ++i) {
    if (::dup2(sources[i], numbers[i]) < 0) return Status::Errno("preserved descriptor");
  }
  return {};
}

// Beside stdio and what is preserved only the sync socket and the init program stay, close-on-exec:
// the end of file of the first tells the parent that exec worked.
Status PlaceDescriptors(LaunchContext& context) {
  const std::vector<uint32_t>& preserved = context.plan->preserved_fds;
  std::vector<int> kept(preserved.begin(), preserved.end());
  Status placed = PlacePreserved(context, kept);
  if (!placed.ok()) return placed;
  std::sort(kept.begin(), kept.end());
  kept.push_back(context.sync_fd);
  if (context.init_program.valid()) kept.push_back(context.init_program.get());
  unsigned next = 3;
  for (int fd : kept) {
    auto number = static_cast<unsigned>(fd);
    if (number > next) ::syscall(SYS_close_range, next, number - 1, 0);
    next = number + 1;
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
  return {};
}

}  // namespace

void AddHome(const Identity& identity, std::vector<std::string>& env) {
  if (FindVariable(env, "HOME") != nullptr) return;
  const std::string& home = identity.home;
  // A forged entry must not carry a second line into files that a login would write.
  bool usable = !home.empty() && home[0] == '/' && home.find('\n') == std::string::npos;
  env.push_back("HOME=" + (usable ? home : std::string("/")));
}

// `create` tells of a command that cannot be run, not `start`. The look-up is execvp(3)'s.
// What the payload's user may do is for execve(2) to say where this is not that user yet.
Status Run(LaunchContext& context, const OpRequireCommand& op) {
  int err = ENOENT;
  const auto missing = [&] {
    return err == EACCES && !context.is_payload_user ? Status() : Status::Errno(op.name, err);
  };
  if (op.name.find('/') != std::string::npos) {
    return IsExecutable(op.name, err) ? Status() : missing();
  }
  const char* own = FindVariable(op.env, "PATH");
  std::string path = own != nullptr ? own : kDefaultPath;
  for (size_t at = 0; at <= path.size();) {
    size_t end = std::min(path.find(':', at), path.size());
    std::string directory = path.substr(at, end - at);
    if (IsExecutable((directory.empty() ? "." : directory) + "/" + op.name, err)) return {};
    at = end + 1;
  }
  return missing();
}

Status Run(LaunchContext& context, const OpExec& op) {
  if (op.argv.empty() || op.argv[0].empty()) return Status::Error("no command to run");
  std::vector<std::string> env = op.env;
  AddHome(context.identity, env);
  char here[4096];
  long size = ::syscall(SYS_getcwd, here, sizeof(here));
  if (size < 0 || here[0] != '/') return Status::Errno("working directory is outside", EXDEV);
  Status stdio = TakeStdio(context);
  if (!stdio.ok()) return stdio;
  Status placed = PlaceDescriptors(context);
  if (!placed.ok()) return placed;
  // Credentials are final, so this signal setting survives until exec.
  if (!context.plan->handover) ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!op.init) return Execute(op, env);
  // Signals for process 1 wait for the init from here on; the child sets its own mask.
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  pid_t child = ::fork();
  if (child < 0) return Status::Errno("fork");
  if (child == 0) {
    if (context.pty_slave.valid() || ::isatty(0)) {
      ::setpgid(0, 0);
      ::signal(SIGTTOU, SIG_IGN);  // else a background group may not take the terminal
      ::tcsetpgrp(0, ::getpgrp());
    }
    return Execute(op, env);
  }
  return BecomeInit(context, child);
}

// No program of the container's runs: this one waits until the caller lets go.
Status Run(LaunchContext& context, const OpHold&) {
  if (context.plan->preserved_fds.size() != 1) return Status::Error("hold needs one descriptor");
  ::close(context.sync_fd);
  char end = 0;
  ReadFull(kPreservedFds, &end, 1);
  ::_exit(0);
}

}  // namespace bryo
