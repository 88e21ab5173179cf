// Queries and answers in datagrams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "net/dns_client.h"
#include "net/dns_events.h"
#include "net/dns_listeners.h"
#include "sys/status.h"

namespace bryo::dns {

class Datagrams {
 public:
  Status Open(const Events& events, Listeners& listeners);

  // The next query of a socket into `buffer`. False: none waits.
  bool Receive(uint8_t socket, std::span<uint8_t> buffer, Client& client, Bytes& message) const;
  // From the address that was asked; what the network does not take is lost, as any datagram may
  // be.
  void Send(const Client& client, Bytes message) const;

 private:
  UniqueFd sockets_[Listeners::kFamilies];
};

}  // namespace bryo::dns
