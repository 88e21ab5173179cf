// The client's end of the attach protocol.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class Connection {
 public:
  Connection();

  void Adopt(UniqueFd socket) { socket_ = std::move(socket); }
  // Connects to DIR/attach; through a descriptor, because a socket's address holds 107 bytes only.
  Status Connect(const std::string& directory);

  // Control messages go out at once or, while the socket is full, as soon as it is not.
  void SendControl(char type, uint32_t value, size_t bytes);
  void SendClose();
  // False when the socket is full: try again after POLLOUT.
  bool SendInput(const std::string& bytes);
  void FlushControl();
  bool control_waits() const { return !control_.empty(); }

  // Input bytes that may be sent before the monitor acknowledges some.
  size_t credit() const { return credit_; }
  void AddCredit(uint32_t bytes) { credit_ += bytes; }

  // One message into `buffer`; 0: nothing there yet, -1: the monitor has closed the connection.
  long Receive(char* buffer, size_t capacity);

  int fd() const { return socket_.get(); }

 private:
  bool Send(const std::string& message);
  void Queue(std::string message);

  UniqueFd socket_;
  size_t credit_;
  std::vector<std::string> control_;
};

}  // namespace bryo
