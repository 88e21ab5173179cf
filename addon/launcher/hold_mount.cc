#include "launcher/hold_mount.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <string>
#include <vector>

#include "launcher/running_root.h"
#include "launcher/session_server.h"
#include "sys/c_strings.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/mounts.h"
#include "sys/syscalls.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr int kMaxStacked = 1000;
constexpr int kFuseWaitMilliseconds = 10'000;

struct Request {
  std::string lock;
  std::string target;
  pid_t session = 0;  // 0: the mount outlives every session
  std::string type;   // overlay, fuse, or running: the root of a container that runs
  bool legacy = false;
  pid_t pid = 0;  // the container's process, and when it has started
  unsigned long long start = 0;
  std::string server;              // of the session, or empty: none is needed
  std::vector<std::string> words;  // mount options, or the argv of fuse-overlayfs
};

bool ParseRequest(int argc, char** argv, Request& request) {
  int i = 0;
  for (; i + 1 < argc && std::strcmp(argv[i], "--") != 0; i += 2) {
    const std::string name = argv[i];
    const char* value = argv[i + 1];
    if (name == "--lock") {
      request.lock = value;
    } else if (name == "--target") {
      request.target = value;
    } else if (name == "--session") {
      request.session = static_cast<pid_t>(std::strtol(value, nullptr, 10));
    } else if (name == "--type") {
      request.type = value;
    } else if (name == "--legacy") {
      request.legacy = std::strcmp(value, "1") == 0;
    } else if (name == "--pid") {
      request.pid = static_cast<pid_t>(std::strtol(value, nullptr, 10));
    } else if (name == "--start") {
      request.start = std::strtoull(value, nullptr, 10);
    } else if (name == "--server") {
      request.server = value;
    } else {
      return false;
    }
  }
  if (i >= argc) return false;
  for (++i; i < argc; ++i) request.words.emplace_back(argv[i]);
  return !request.lock.empty() && !request.target.empty() && !request.type.empty();
}

bool IsMounted(const std::string& target) {
  struct statx st {};
  if (::statx(AT_FDCWD, target.c_str(), AT_NO_AUTOMOUNT, STATX_TYPE, &st) != 0) {
    // A filesystem whose server has gone is mounted nevertheless.
    return errno == ENOTCONN;
  }
  return (st.stx_attributes & STATX_ATTR_MOUNT_ROOT) != 0;
}

void Unmount(const std::string& target) {
  for (int i = 0; i < kMaxStacked && IsMounted(target); ++i) {
    if (::umount2(target.c_str(), MNT_DETACH | UMOUNT_NOFOLLOW) != 0) return;
  }
}

Status TakeLock(const std::string& path, UniqueFd& out) {
  out.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!out.valid()) return Status::Errno(path);
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(out.get(), F_SETLK, &lock) == 0 ? Status() : Status::Errno(path);
}

Status AttachAt(const std::string& path, int mount) {
  UniqueFd target(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!target.valid()) return Status::Errno(path);
  return Attach(mount, target.get());
}

// Before Linux 6.7 (see MountOverlayLegacy): options of layers as one string. The paths hold no
// characters that would have to be escaped, or the caller refuses them.
Status MountLegacy(const Request& request) {
  std::string lowers;
  std::string rest;
  for (const std::string& word : request.words) {
    if (word.compare(0, 10, "lowerdir+=") == 0) {
      lowers += (lowers.empty() ? "" : ":") + word.substr(10);
    } else {
      rest += "," + word;
    }
  }
  const std::string data = "lowerdir=" + lowers + rest;
  if (data.size() >= 4096) return Status::Errno("too many layers for this kernel", E2BIG);
  if (::mount("overlay", request.target.c_str(), "overlay", 0, data.c_str()) != 0) {
    return Status::Errno("mount overlay");
  }
  return {};
}

Status MountFuse(const Request& request, UniqueFd& server) {
  std::vector<char*> argv = CStrings(request.words);
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) {
    // When the holder is killed nobody else would end it.
    ::prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
    for (int fd = 0; fd < 3; ++fd) ::dup2(null.get(), fd);
    ::syscall(SYS_close_range, 3U, ~0U, 0);
    char* env[] = {nullptr};
    ::execve(argv[0], argv.data(), env);
    ::_exit(127);
  }
  server.reset(sys::pidfd_open(pid));
  for (int waited = 0; waited < kFuseWaitMilliseconds; ++waited) {
    if (IsMounted(request.target)) return {};
    int status = 0;
    if (::waitpid(pid, &status, WNOHANG) == pid) return Status::Error("fuse-overlayfs failed");
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
  ::kill(pid, SIGKILL);
  return Status::Errno("fuse-overlayfs", ETIMEDOUT);
}

Status AskForRoot(const Request& request, int process, UniqueFd& mount) {
  if (request.server.empty()) return RequestRootHere(process, mount);
  UniqueFd connection;
  Status connected = ConnectToSession(request.server, connection);
  return connected.ok() ? RequestRoot(connection.get(), process, mount) : connected;
}

Status MountRunning(const Request& request, UniqueFd& process) {
  if (!PinTarget({request.pid, request.start}, process).ok()) {
    return Status::Error("the container has just ended");
  }
  UniqueFd mount;
  Status got = AskForRoot(request, process.get(), mount);
  if (!got.ok()) return got;
  struct statfs type {};
  if (::fstatfs(mount.get(), &type) != 0) return Status::Errno("statfs");
  // The container may have put something else there: of fuse, say, which answers when it likes.
  if (type.f_type != OVERLAYFS_SUPER_MAGIC) {
    return Status::Error("the container has another root filesystem than it was given");
  }
  return AttachAt(request.target, mount.get());
}

// Events that end a mount beside the session.
struct Watched {
  UniqueFd server;   // of a fuse mount
  UniqueFd process;  // of a container: whatever starts it again mounts the same layer
};

Status MountAt(const Request& request, Watched& watched) {
  if (request.type == "fuse") return MountFuse(request, watched.server);
  if (request.type == "running") return MountRunning(request, watched.process);
  if (request.legacy) return MountLegacy(request);
  UniqueFd mount;
  Status made = MakeFilesystem(request.type, request.words, 0, mount);
  return made.ok() ? AttachAt(request.target, mount.get()) : made;
}

// Waits until the mount has gone, what it goes with has ended, or whoever unmounts says so.
void Hold(const Request& request, int session, int signals, const Watched& watched) {
  UniqueFd mounts(::open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC));
  const int server = watched.server.get();
  pollfd waits[] = {{mounts.get(), POLLPRI, 0},
                    {signals, POLLIN, 0},
                    {session, POLLIN, 0},
                    {server, POLLIN, 0},
                    {watched.process.get(), POLLIN, 0}};
  while (IsMounted(request.target)) {
    if (::poll(waits, std::size(waits), -1) < 0 && errno != EINTR) break;
    if (std::any_of(waits + 1, std::end(waits), [](pollfd& w) { return w.revents != 0; })) break;
  }
  Unmount(request.target);
  if (server < 0) return;
  // Files that are still open in the mount keep the server from ending by itself; it is detached
  // already.
  pollfd ended{server, POLLIN, 0};
  if (::poll(&ended, 1, 1000) <= 0) sys::pidfd_send_signal(server, SIGKILL);
}

[[noreturn]] void RunHolder(const Request& request, int report) {
  ::setsid();
  sigset_t set;
  ::sigemptyset(&set);
  for (int sig : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&set, sig);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  UniqueFd signals(::signalfd(-1, &set, SFD_CLOEXEC));
  UniqueFd session;
  Watched watched;
  UniqueFd lock;
  Status status;
  if (request.session != 0) {
    session.reset(sys::pidfd_open(request.session));
    if (!session.valid()) status = Status::Errno("the session");
  }
  if (status.ok()) status = TakeLock(request.lock, lock);
  if (status.ok()) status = MountAt(request, watched);
  if (!status.ok()) {
    const std::string message = status.message();
    WriteFull(report, message.data(), message.size());
    Unmount(request.target);
    ::_exit(1);
  }
  UniqueFd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  for (int fd = 0; fd < 3; ++fd) ::dup2(null.get(), fd);
  if (::chdir("/") != 0) ::_exit(1);
  WriteFull(report, "ok", 2);
  ::close(report);
  Hold(request, session.get(), signals.get(), watched);
  ::_exit(0);
}

}  // namespace

int HoldMountMain(int argc, char** argv) {
  Request request;
  if (!ParseRequest(argc, argv, request)) {
    std::fprintf(stderr, "usage: bryo-launcher hold-mount --lock FILE --target DIR … -- WORD…\n");
    return 125;
  }
  int pair[2];
  if (::pipe2(pair, O_CLOEXEC) != 0) return 125;
  UniqueFd reading(pair[0]);
  UniqueFd writing(pair[1]);
  pid_t pid = ::fork();
  if (pid < 0) return 125;
  if (pid == 0) {
    reading.reset();
    RunHolder(request, writing.release());
  }
  writing.reset();
  std::string answer;
  ReadAll(reading.get(), 4096, answer);
  if (answer == "ok") return 0;
  std::fprintf(stderr, "%s\n",
               answer.empty() ? "the holder of the mount has ended" : answer.c_str());
  return 1;
}

}  // namespace bryo
