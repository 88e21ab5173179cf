// A query on its way to servers that know more than the responder.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "net/dns_client.h"
#include "net/dns_events.h"
#include "net/dns_health.h"
#include "net/dns_message.h"
#include "sys/fd.h"

namespace bryo::dns {

// Shared by all flights.
struct FlightDeck {
  const Events& events;
  Health& health;
  std::span<uint8_t> buffer;  // for a datagram of any size
};

// Asks one server after the other, twice each within four and a half seconds: a client asks anew
// after five (resolv.conf(5)). Each server is asked from a port and with an id that nobody can
// know; what does not answer the question is passed by. An answer that was cut off is asked for by
// a stream. Sockets are of the network namespace of the thread. Times are milliseconds.
class Flight {
 public:
  static constexpr size_t kMaxServers = 6;

  Flight(const FlightDeck& deck, uint16_t index, uint32_t serial)
      : deck_(deck), index_(index), serial_(serial) {}

  void Begin(const Client& client, const Query& query, std::vector<sockaddr_in6> servers,
             int64_t now);
  void HandleDatagrams(uint8_t server, int64_t now);
  void HandleStream(int64_t now);
  void HandleTime(int64_t now);

  bool is_done() const { return done_; }
  uint32_t serial() const { return serial_; }
  int64_t deadline() const { return deadline_; }
  const Client& client() const { return client_; }
  // Whether this is the same datagram once more.
  bool IsRepeatedBy(const Client& client, const Query& query) const;
  // The answer for the client, in full, once it is done.
  std::vector<uint8_t> TakeAnswer() { return std::move(answer_); }

 private:
  struct Server {
    sockaddr_in6 address{};
    UniqueFd socket;
    uint16_t id = 0;
    bool failed = false;
  };

  void TryNext(int64_t now);
  bool Ask(uint8_t server);
  void GiveUp(uint8_t server, int64_t now);
  void Weigh(uint8_t server, Bytes message, const Response& response, int64_t now);
  void StartStream(uint8_t server, int64_t now);
  bool WriteStream();
  void ReadStream(int64_t now);
  void FailStream(int64_t now);
  void Finish(Bytes message);
  void FinishAsFailed();

  FlightDeck deck_;
  uint16_t index_;
  uint32_t serial_;
  Client client_;
  Query query_;
  std::vector<Server> servers_;
  size_t tries_ = 0;
  int64_t step_ = 0;
  int64_t until_ = 0;
  int64_t deadline_ = 0;
  UniqueFd stream_;
  uint8_t stream_server_ = 0;
  uint16_t stream_id_ = 0;
  bool writing_ = false;
  size_t moved_ = 0;  // bytes of stream_bytes_ that have been written, or read
  std::vector<uint8_t> stream_bytes_;
  std::vector<uint8_t> second_best_;  // of a server that failed, or cut it off
  std::vector<uint8_t> answer_;
  bool done_ = false;
};

}  // namespace bryo::dns
