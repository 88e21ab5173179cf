// Addresses of sockets in directories whose paths may be longer than an address is, and their
// peers.
#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <cstdio>

namespace bryo {

// Of what has this name in the directory of a descriptor, as long as that is open.
inline sockaddr_un AddressIn(int directory, const char* name) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::snprintf(address.sun_path, sizeof(address.sun_path), "/proc/self/fd/%d/%s", directory, name);
  return address;
}

// The user of the process at the other end; false, with errno, when that cannot be told.
inline bool PeerUid(int socket, uid_t& uid) {
  ucred credentials{};
  socklen_t size = sizeof(credentials);
  if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return false;
  uid = credentials.uid;
  return true;
}

}  // namespace bryo
