// Bytes on their way to a client, who reads them as slowly as it likes.
#pragma once

#include <string>
#include <string_view>

namespace bryo::api {

class Outgoing {
 public:
  enum class Result { kDone, kWaits, kBroken };

  bool empty() const { return at_ == bytes_.size(); }
  size_t size() const { return bytes_.size() - at_; }

  void Add(std::string_view bytes);
  // Sends what the socket takes; kWaits: the rest when it is writable.
  Result Flush(int socket);
  // Of one piece after a header, without a copy when the socket takes them at once.
  Result Send(int socket, std::string_view header, std::string_view bytes);

 private:
  std::string bytes_;
  size_t at_ = 0;
};

}  // namespace bryo::api
