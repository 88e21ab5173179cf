// All queries that are on their way to servers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "net/dns_client.h"
#include "net/dns_events.h"
#include "net/dns_flight.h"
#include "net/dns_health.h"

namespace bryo::dns {

// Answers that a server has failed where too many are on their way already: of one client, so that
// the others keep their share, or of all. Memory and descriptors have bounds by that.
class Forwarder {
 public:
  // `resolvers` is the path of the host's resolv.conf(5), which is read for every query.
  Forwarder(const Events& events, Replies& replies, std::string resolvers);

  void Forward(const Client& client, const Query& query, std::vector<sockaddr_in6> servers,
               int64_t now);
  void HandleDatagrams(const EventSource& source, int64_t now);
  void HandleStream(const EventSource& source, int64_t now);
  void HandleTime(int64_t now);

  // When it wants to be asked next at the latest; 0: nothing is on its way.
  int64_t deadline() const;

 private:
  static constexpr size_t kMaxFlights = 1024;
  static constexpr size_t kMaxOfClient = 128;

  Flight* Of(const EventSource& source) const;
  void Settle(Flight& flight, uint16_t index);
  std::vector<sockaddr_in6> HostServers() const;

  const Events& events_;
  Replies& replies_;
  std::string resolvers_;
  Health health_;
  std::vector<std::unique_ptr<Flight>> flights_;
  std::vector<uint16_t> active_;
  std::vector<uint16_t> free_;
  size_t peak_ = 0;
  uint32_t serial_ = 0;
  std::unique_ptr<uint8_t[]> buffer_;
};

}  // namespace bryo::dns
