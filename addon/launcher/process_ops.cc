// Container operations on the process itself: the barrier, working directory, credentials,
// seccomp, and at last exec.
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <linux/capability.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "launcher/context.h"
#include "launcher/init.h"
#include "launcher/sync.h"
#include "sys/io.h"
#include "sys/root_path.h"

namespace bryo {
namespace {

constexpr const char* kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

// Everything that can be prepared is; the parent answers once the network is there too.
Status Run(LaunchContext& context, const OpBarrier&) {
  SyncMessage answer{};
  if (!SendSync(kSyncFd, SyncType::kReady) || !ReceiveSync(kSyncFd, answer) ||
      answer.type != SyncType::kStart) {
    ::_exit(125);  // the parent has given up: it knows why
  }
  context.payload_pid = answer.number;
  return {};
}

// The descriptor comes from a walk inside the root, so the directory cannot be outside of it.
Status Run(LaunchContext& context, const OpWorkdir& op) {
  UniqueFd directory;
  Status opened;
  if (op.create) {
    opened = EnsureInRoot(context.root.get(), op.path, Missing::kDirectory, false, directory);
  } else {
    opened = OpenInRoot(context.root.get(), op.path, O_PATH | O_DIRECTORY, directory);
  }
  if (!opened.ok()) return opened;
  return ::fchdir(directory.get()) == 0 ? Status() : Status::Errno(op.path);
}

Status SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (int word = 0; word < 2; ++word) {
    data[word].effective = static_cast<uint32_t>(effective >> (32 * word));
    data[word].permitted = static_cast<uint32_t>(permitted >> (32 * word));
    data[word].inheritable = static_cast<uint32_t>(inheritable >> (32 * word));
  }
  return ::syscall(SYS_capset, &header, data) == 0 ? Status() : Status::Errno("capset");
}

uint64_t PermittedCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  ::syscall(SYS_capget, &header, data);
  return data[0].permitted | (static_cast<uint64_t>(data[1].permitted) << 32);
}

Status DropBounding(uint64_t keep) {
  for (int cap = 0; cap < 64; ++cap) {
    if ((keep >> cap & 1) != 0) continue;
    if (::prctl(PR_CAPBSET_DROP, cap) != 0) {
      if (errno == EINVAL) break;  // the kernel's last capability is behind us
      return Status::Errno("drop a capability from the bounding set");
    }
  }
  return {};
}

Status RaiseAmbient(uint64_t ambient) {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int cap = 0; cap < 64; ++cap) {
    if ((ambient >> cap & 1) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0) {
      return Status::Errno("raise an ambient capability");
    }
  }
  return {};
}

// In a single-id map setgroups(2) is denied by the kernel; the caller's groups then cannot be
// dropped, only what the plan asks for in addition can be refused.
Status SetGroups(const LaunchContext& context, const OpCredentials& op) {
  if (op.keep_groups) return {};
  const std::vector<gid_t>& groups = context.identity.groups;
  if (::setgroups(groups.size(), groups.data()) == 0) return {};
  const auto own = [&](gid_t gid) { return gid == context.identity.gid; };
  if (errno == EPERM && std::all_of(groups.begin(), groups.end(), own)) return {};
  return Status::Errno("set supplementary groups");
}

// The payload's user must be able to reopen its own stdio through /dev/stdout and the like.
// Where it cannot be given (an unmapped owner) it still works through the open descriptors.
void Give(int fd, uid_t uid) {
  if (::fchown(fd, uid, static_cast<gid_t>(-1)) != 0) errno = 0;
}

void GiveStdio(uid_t uid) {
  for (int fd : {kPayloadStdin, kPayloadStdout, kPayloadStderr}) {
    struct stat st {};
    if (::fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
      Give(fd, uid);
    }
  }
}

Status Run(LaunchContext& context, const OpCredentials& op) {
  Identity& id = context.identity;
  Status resolved = ResolveIdentity(context.root.get(), op.user, op.groups, id);
  if (!resolved.ok()) return resolved;
  if (context.pty_slave.valid()) {
    Give(context.pty_slave.get(), id.uid);
  } else if (!context.plan->monitor->passthrough) {
    GiveStdio(id.uid);
  }
  Status bounded = DropBounding(op.bounding);
  if (!bounded.ok()) return bounded;
  Status grouped = SetGroups(context, op);
  if (!grouped.ok()) return grouped;
  if (::setresgid(id.gid, id.gid, id.gid) != 0) {
    return Status::Errno("set group id " + std::to_string(id.gid));
  }
  ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (::setresuid(id.uid, id.uid, id.uid) != 0) {
    return Status::Errno("set user id " + std::to_string(id.uid));
  }
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  uint64_t available = PermittedCapabilities();
  Status set = SetCapabilities(op.effective & available, op.permitted & available, op.inheritable);
  return set.ok() ? RaiseAmbient(op.ambient) : set;
}

Status Run(LaunchContext&, const OpNoNewPrivs&) {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? Status() : Status::Errno("no_new_privs");
}

Status Run(LaunchContext& context, const OpSeccomp& op) {
  if (op.program.empty() || op.program.size() % sizeof(sock_filter) != 0 ||
      op.program.size() / sizeof(sock_filter) > BPF_MAXINSNS) {
    return Status::Errno("seccomp program", EINVAL);
  }
  std::vector<sock_filter> filter(op.program.size() / sizeof(sock_filter));
  std::memcpy(filter.data(), op.program.data(), op.program.size());
  sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  unsigned flags = op.flags | (op.listener ? SECCOMP_FILTER_FLAG_NEW_LISTENER : 0U);
  long result = ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, flags, &program);
  if (result < 0) return Status::Errno("seccomp");
  if (!op.listener) return {};
  UniqueFd listener(static_cast<int>(result));
  SyncMessage message{};
  message.type = SyncType::kListener;
  return SendSync(context.sync_fd, message, listener.get()) ? Status()
                                                            : Status::Errno("seccomp listener");
}

// What the kernel calls scopes: abstract sockets and signals reach only processes in the container,
// also where it shares the host's network or pid namespace (landlock(7)).
Status Run(LaunchContext&, const OpLandlock& op) {
  struct {
    uint64_t handled_access_fs = 0;
    uint64_t handled_access_net = 0;
    uint64_t scoped;
  } attributes{.scoped = op.scopes};
  UniqueFd ruleset(static_cast<int>(
      ::syscall(SYS_landlock_create_ruleset, &attributes, sizeof(attributes), 0)));
  if (!ruleset.valid() || ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0) != 0) {
    return Status::Errno("landlock");
  }
  return {};
}

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
  return Status::Errno(name, err);
}

Status Execute(const OpExec& op, std::vector<std::string>& env_storage) {
  std::vector<char*> argv;
  std::vector<char*> env;
  for (const std::string& arg : op.argv) argv.push_back(const_cast<char*>(arg.c_str()));
  for (std::string& entry : env_storage) env.push_back(entry.data());
  argv.push_back(nullptr);
  env.push_back(nullptr);
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
  if (::stat(name.c_str(), &st) == 0 && S_ISDIR(st.st_mode)) return Status::Errno(name, EISDIR);
  ::execve(name.c_str(), argv.data(), env.data());
  return Status::Errno(name);
}

// Beside stdio and what is preserved only the sync socket and the init program stay, close-on-exec: the
// end of file of the first tells the parent that exec worked.
Status PlaceDescriptors(LaunchContext& context) {
  int preserved = static_cast<int>(context.plan->preserved_fds);
  if (preserved > 0) {
    context.sync_fd = ::fcntl(kSyncFd, F_DUPFD_CLOEXEC, kPreservedFds + preserved);
  }
  if (context.init_program.valid()) {
    int program = ::fcntl(context.init_program.get(), F_DUPFD_CLOEXEC, context.sync_fd + 1);
    context.init_program.reset(program);
  }
  for (int i = 0; i < preserved; ++i) {
    if (::dup2(kPreservedFds + i, 3 + i) < 0) return Status::Errno("preserved descriptor");
  }
  auto next = static_cast<unsigned>(3 + preserved);
  for (int fd : {context.sync_fd, context.init_program.get()}) {
    if (fd < 0) continue;
    auto kept = static_cast<unsigned>(fd);
    ::syscall(SYS_close_range, next, kept - 1, 0);
    next = kept + 1;
  }
  ::syscall(SYS_close_range, next, ~0U, 0);
  return {};
}

Status Run(LaunchContext& context, const OpExec& op) {
  if (op.argv.empty() || op.argv[0].empty()) return Status::Error("no command to run");
  std::vector<std::string> env = op.env;
  if (FindVariable(env, "HOME") == nullptr) {
    const std::string& home = context.identity.home;
    // A forged entry must not carry a second line into files that a login would write.
    bool usable = !home.empty() && home[0] == '/' && home.find('\n') == std::string::npos;
    env.push_back("HOME=" + (usable ? home : std::string("/")));
  }
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
  // What comes for process 1 from here on waits for the init; the child sets its own mask.
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
  if (context.plan->preserved_fds != 1) return Status::Error("hold needs one descriptor");
  ::close(context.sync_fd);
  char end = 0;
  ReadFull(kPreservedFds, &end, 1);
  ::_exit(0);
}

}  // namespace

Status RunProcessOp(LaunchContext& context, const ContainerOp& op, bool& handled) {
  return Dispatch(op, handled, [&](const auto& concrete) -> Status
                    requires requires { Run(context, concrete); } {
    return Run(context, concrete);
  });
}

Status RunContainerOps(LaunchContext& context, size_t& step) {
  const std::vector<ContainerOp>& ops = context.plan->container;
  for (step = 0; step < ops.size(); ++step) {
    bool handled = false;
    Status status = RunMountOp(context, ops[step], handled);
    if (!handled) status = RunHostOp(context, ops[step], handled);
    if (!handled) status = RunRuntimeOp(context, ops[step], handled);
    if (!handled) status = RunPodOp(context, ops[step], handled);
    if (!handled) status = RunOwnerOp(context, ops[step], handled);
    if (!handled) status = RunProcessOp(context, ops[step], handled);
    if (!handled) return Status::Errno("operation", ENOSYS);
    if (!status.ok()) return status;
  }
  return Status::Error("plan ended without exec");
}

}  // namespace bryo
