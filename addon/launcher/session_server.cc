#include "launcher/session_server.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "launcher/running_root.h"
#include "sys/mounts.h"
#include "sys/socket_address.h"

namespace bryo {
namespace {

constexpr char kName[] = "session";
constexpr int kBacklog = 16;

UniqueFd OpenDirectory(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

UniqueFd NewSocket(int flags) {
  return UniqueFd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0));
}

// Null unless it comes from the session's root.
UniqueFd Accept(int listener, uid_t owner) {
  UniqueFd peer(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  uid_t uid = 0;
  if (!peer.valid() || !PeerUid(peer.get(), uid) || uid != owner) return {};
  return peer;
}

// In a process of its own, for that joins the container's namespaces, and may have to wait.
void Answer(int listener, uid_t owner) {
  UniqueFd peer = Accept(listener, owner);
  if (!peer.valid() || ::fork() != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  AnswerRootRequest(peer.get());
}

}  // namespace

Status OpenSessionSocket(const std::string& directory, UniqueFd& listener) {
  UniqueFd mount;
  Status made = MakeFilesystem("tmpfs", {"mode=0700", "size=4096", "nr_inodes=2"},
                               MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC, mount);
  if (!made.ok()) return made;
  UniqueFd socket = NewSocket(SOCK_NONBLOCK);
  const sockaddr_un address = AddressIn(mount.get(), kName);
  if (!socket.valid() ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return Status::Errno("the session's socket");
  }
  UniqueFd target = OpenDirectory(directory);
  if (!target.valid()) return Status::Errno(directory);
  Status attached = Attach(mount.get(), target.get());
  if (attached.ok()) listener = std::move(socket);
  return attached;
}

int ServeSession(int listener, uid_t owner, pid_t program) {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  UniqueFd ended(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  for (;;) {
    int status = 0;
    for (pid_t pid; (pid = ::waitpid(-1, &status, WNOHANG)) != 0;) {
      if (pid == program) return status;
      if (pid < 0) return -1;
    }
    pollfd waits[] = {{ended.get(), POLLIN, 0}, {listener, POLLIN, 0}};
    if (::poll(waits, 2, -1) < 0) continue;
    signalfd_siginfo info{};
    while (::read(ended.get(), &info, sizeof(info)) == sizeof(info)) continue;
    if ((waits[1].revents & POLLIN) != 0) Answer(listener, owner);
  }
}

Status ConnectToSession(const std::string& directory, UniqueFd& connection) {
  UniqueFd place = OpenDirectory(directory);
  UniqueFd socket = NewSocket(0);
  if (!place.valid() || !socket.valid()) return Status::Errno(directory);
  const sockaddr_un address = AddressIn(place.get(), kName);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) {
    return Status::Errno("the session's socket");
  }
  connection = std::move(socket);
  return {};
}

}  // namespace bryo
