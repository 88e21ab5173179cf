#include "api/listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "sys/same_file.h"
#include "sys/socket_address.h"

namespace bryo::api {
namespace {

constexpr int kBacklog = 1024;
// Permissions of the socket: connecting needs the right to write.
constexpr mode_t kOthers = 0177;

bool IsListenedOn(const sockaddr_un& address) {
  UniqueFd probe(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    return true;
  // A queue that is full has somebody behind it.
  return errno == EAGAIN;
}

// Takes away a socket that was left behind.
Status ClearPlace(int directory, const std::string& path, const std::string& name) {
  struct stat st {};
  if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) return {};
  if (!S_ISSOCK(st.st_mode)) return Status::Error(path + " is there already and is no socket");
  if (IsListenedOn(AddressIn(directory, name.c_str()))) {
    return Status::Error("another service listens on " + path);
  }
  if (::unlinkat(directory, name.c_str(), 0) != 0) return Status::Errno("remove " + path);
  return {};
}

}  // namespace

Status SocketFile::Open(const std::string& path, UniqueFd& listening) {
  size_t slash = path.rfind('/');
  if (slash == path.npos || slash + 1 == path.size()) return Status::Error(path + " is no path");
  const std::string place = path.substr(0, slash + 1);
  name_ = path.substr(slash + 1);
  UniqueFd locked(::open(place.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!locked.valid()) return Status::Errno("open " + place);
  // Of several that replace one that was left behind, each looks at what another has done.
  if (::flock(locked.get(), LOCK_EX) != 0) return Status::Errno("lock " + place);
  Status clear = ClearPlace(locked.get(), path, name_);
  if (!clear.ok()) return clear;
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const sockaddr_un address = AddressIn(locked.get(), name_.c_str());
  if (name_.size() > 64) return Status::Errno("listen on " + path, ENAMETOOLONG);
  mode_t before = ::umask(kOthers);
  bool bound =
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
  int err = errno;
  ::umask(before);
  if (!bound) return Status::Errno("listen on " + path, err);
  own_.reset(::openat(locked.get(), name_.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
  if (!own_.valid() || ::listen(socket.get(), kBacklog) != 0) {
    return Status::Errno("listen on " + path);
  }
  listening = std::move(socket);
  ::flock(locked.get(), LOCK_UN);
  directory_ = std::move(locked);
  return {};
}

void SocketFile::Remove() {
  struct stat own {};
  struct stat named {};
  // With the lock nobody replaces it between the look and the removal.
  if (!directory_.valid() || ::flock(directory_.get(), LOCK_EX) != 0) return;
  if (::fstat(own_.get(), &own) == 0 &&
      ::fstatat(directory_.get(), name_.c_str(), &named, AT_SYMLINK_NOFOLLOW) == 0 &&
      IsSameFile(own, named)) {
    ::unlinkat(directory_.get(), name_.c_str(), 0);
  }
  directory_.reset();
}

Status ListenTcp(const std::string& address, uint16_t port, UniqueFd& listening) {
  sockaddr_storage storage{};
  socklen_t size = 0;
  auto* four = reinterpret_cast<sockaddr_in*>(&storage);
  auto* six = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(port);
    size = sizeof(*four);
  } else if (::inet_pton(AF_INET6, address.c_str(), &six->sin6_addr) == 1) {
    six->sin6_family = AF_INET6;
    six->sin6_port = htons(port);
    size = sizeof(*six);
  } else {
    return Status::Error(address + " is no address");
  }
  const std::string what = "listen on " + address + " port " + std::to_string(port);
  UniqueFd socket(::socket(storage.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!socket.valid() ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&storage), size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    return Status::Errno(what);
  }
  listening = std::move(socket);
  return {};
}

Status CheckListening(int fd, int& family) {
  int listens = 0;
  int type = 0;
  socklen_t size = sizeof(int);
  const std::string what = "descriptor " + std::to_string(fd);
  if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &size) != 0) return Status::Errno(what);
  size = sizeof(int);
  if (::getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) != 0) return Status::Errno(what);
  size = sizeof(int);
  if (::getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) != 0) return Status::Errno(what);
  if (listens == 0 || type != SOCK_STREAM) {
    return Status::Error(what + " is no listening socket of streams");
  }
  return {};
}

}  // namespace bryo::api
