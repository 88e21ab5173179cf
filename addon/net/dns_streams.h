// Connections of clients: queries and answers after their lengths (RFC 1035, 4.2.2; RFC 7766).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "net/dns_client.h"
#include "net/dns_events.h"
#include "net/dns_listeners.h"
#include "sys/status.h"

namespace bryo::dns {

// Takes the queries of connections.
class Queries {
 public:
  virtual ~Queries() = default;
  virtual void Take(const Client& client, Bytes message) = 0;
};

// Keeps few connections, of each client fewer, with few queries under way in each, and none that
// is idle for long. Times are milliseconds.
class Streams {
 public:
  Status Open(const Events& events, Listeners& listeners);

  void HandleListener(uint16_t socket, int64_t now);
  void HandleConnection(const EventSource& source, uint32_t events, Queries& queries, int64_t now);
  void HandleTime(int64_t now);
  // Answers may be missing for queries that were taken.
  void Send(const Client& client, Bytes message);
  // Goes on with what queries have come meanwhile; to be called after answers were sent.
  void GoOn(Queries& queries, int64_t now);

  // When it wants to be asked next at the latest; 0: there is no connection.
  int64_t deadline() const;

 private:
  struct Connection {
    UniqueFd fd;
    Client client;
    uint32_t watched = 0;
    int64_t until = 0;
    size_t waiting = 0;  // queries without answers
    bool ended = false;  // the client has said all
    bool answered = false;
    std::vector<uint8_t> in;
    std::vector<uint8_t> out;
  };

  void Accept(UniqueFd fd, int64_t now);
  void RefuseOne(int listener);
  Connection* Find(uint16_t index, uint32_t serial);
  // Each is false when the connection has no future.
  bool Read(Connection& connection);
  bool TakeQueries(Connection& connection, Queries& queries, int64_t now);
  bool Write(Connection& connection);
  bool Settle(Connection& connection);

  const Events* events_ = nullptr;
  UniqueFd listeners_[Listeners::kFamilies];
  UniqueFd spare_;  // for a connection that is refused when no descriptor is left
  std::vector<Connection> connections_;
  uint32_t serial_ = 0;
};

}  // namespace bryo::dns
