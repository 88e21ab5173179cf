// The one that waits for an answer, and how it gets there.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <vector>

#include "net/dns_address.h"
#include "net/dns_message.h"

namespace bryo::dns {

struct Client {
  Address address;
  Address asked;  // address of the responder that the query came to
  // Of a datagram.
  uint8_t socket = 0;
  sockaddr_in6 peer{};
  uint32_t interface = 0;  // that it came by; needed for addresses of a link
  // Of a connection; `serial` 0: the query was a datagram.
  uint16_t connection = 0;
  uint32_t serial = 0;

  bool is_stream() const { return serial != 0; }
};

// Takes answers to where they are waited for, if they still are.
class Replies {
 public:
  virtual ~Replies() = default;
  virtual void Send(const Client& client, Bytes message) = 0;
  // As a server outside has answered.
  virtual void Pass(const Client& client, std::vector<uint8_t> message) = 0;
};

}  // namespace bryo::dns
