// The sockets on which the service listens.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::api {

// A socket in the file system, of its owner alone. It goes with this unless somebody else has put
// another one into its place.
class SocketFile {
 public:
  SocketFile() = default;
  SocketFile(SocketFile&&) = default;
  SocketFile& operator=(SocketFile&&) = default;
  ~SocketFile() { Remove(); }

  // Binds and listens. One that nobody listens on any more is replaced; one that somebody does, or
  // any other file, is an error.
  Status Open(const std::string& path, UniqueFd& listening);
  void Remove();
  // Leaves the removal to somebody else.
  void Leave() { directory_.reset(); }
  // The descriptors of ours.
  std::vector<int> descriptors() const { return {directory_.get(), own_.get()}; }

 private:
  UniqueFd directory_;
  UniqueFd own_;  // the socket's file, whose number no other file gets while it is open
  std::string name_;
};

// Listens on a numeric address.
Status ListenTcp(const std::string& address, uint16_t port, UniqueFd& listening);

// Whether it is a listening socket of streams (socket activation), and of which family.
Status CheckListening(int fd, int& family);

}  // namespace bryo::api
