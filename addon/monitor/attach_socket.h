// A listening socket in a container's runtime directory: that of attach clients, unless it is
// named.
#pragma once

#include <sys/socket.h>
#include <sys/types.h>

#include <string>
#include <utility>

#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {

class AttachSocket {
 public:
  explicit AttachSocket(const char* name = kAttachSocket, int type = SOCK_SEQPACKET)
      : name_(name), type_(type) {}

  // Makes the directory (0700, ours alone) when it is missing and binds the socket in it. False
  // when that failed: a container without its socket still runs, and is asked again by SIGUSR1. One
  // that is there already stays: somebody may be connecting to it.
  bool Bind(const std::string& directory);

  // The next waiting connection of our own user (or root), or invalid.
  UniqueFd Accept() const;

  void Unlink();

  // For somebody else to read from.
  UniqueFd TakeSocket() { return std::move(socket_); }

  int fd() const { return socket_.get(); }

 private:
  // Whether the socket is in a directory.
  bool IsIn(int directory) const;

  const char* name_;
  int type_;
  UniqueFd directory_;
  ino_t inode_ = 0;
  UniqueFd socket_;
};

}  // namespace bryo
