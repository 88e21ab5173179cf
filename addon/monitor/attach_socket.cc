#include "monitor/attach_socket.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/socket_address.h"

namespace bryo {
namespace {

// The runtime directory may have been wiped with all that was in it.
void MakeDirectories(const std::string& path) {
  for (size_t slash = path.find('/', 1); slash != std::string::npos;
       slash = path.find('/', slash + 1)) {
    ::mkdir(path.substr(0, slash).c_str(), 0700);
  }
  ::mkdir(path.c_str(), 0700);
}

UniqueFd OpenOwnDirectory(const std::string& path) {
  constexpr int kFlags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd directory(::open(path.c_str(), kFlags));
  if (!directory.valid()) {
    MakeDirectories(path);
    directory.reset(::open(path.c_str(), kFlags));
  }
  struct stat st {};
  if (!directory.valid() || ::fstat(directory.get(), &st) != 0) return {};
  if (st.st_uid != ::geteuid()) return {};
  if ((st.st_mode & 077) != 0 && ::fchmod(directory.get(), 0700) != 0) return {};
  return directory;
}

}  // namespace

bool AttachSocket::IsIn(int directory) const {
  struct stat st {};
  struct stat own {};
  return socket_.valid() && directory_.valid() && ::fstat(directory, &st) == 0 &&
         ::fstat(directory_.get(), &own) == 0 && st.st_dev == own.st_dev &&
         st.st_ino == own.st_ino && ::fstatat(directory, name_, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
         st.st_ino == inode_;
}

bool AttachSocket::Bind(const std::string& directory) {
  UniqueFd dir = OpenOwnDirectory(directory);
  UniqueFd fresh(::socket(AF_UNIX, type_ | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!dir.valid() || !fresh.valid()) return false;
  if (IsIn(dir.get())) return true;
  const std::string unready = std::string(name_) + ".new";
  const sockaddr_un address = AddressIn(dir.get(), unready.c_str());
  ::unlinkat(dir.get(), unready.c_str(), 0);
  if (::bind(fresh.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0 ||
      (type_ != SOCK_DGRAM && ::listen(fresh.get(), 16) != 0)) {
    return false;
  }
  // Datagrams come from any user of a container that has the socket in it, stream clients are ours.
  if (type_ == SOCK_DGRAM && ::fchmodat(dir.get(), unready.c_str(), 0666, 0) != 0) return false;
  // A client that finds the name can connect.
  if (::renameat(dir.get(), unready.c_str(), dir.get(), name_) != 0) return false;
  struct stat st {};
  inode_ = ::fstatat(dir.get(), name_, &st, AT_SYMLINK_NOFOLLOW) == 0 ? st.st_ino : 0;
  directory_ = std::move(dir);
  socket_ = std::move(fresh);
  return true;
}

UniqueFd AttachSocket::Accept() const {
  UniqueFd peer(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  uid_t uid = 0;
  if (!peer.valid() || !PeerUid(peer.get(), uid)) return {};
  if (uid != ::geteuid() && uid != 0) return {};
  return peer;
}

void AttachSocket::Unlink() {
  if (directory_.valid()) ::unlinkat(directory_.get(), name_, 0);
  socket_.reset();
}

}  // namespace bryo
