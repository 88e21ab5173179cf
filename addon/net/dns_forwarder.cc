#include "net/dns_forwarder.h"

#include <fcntl.h>
#include <malloc.h>

#include <algorithm>

#include "net/dns_files.h"
#include "net/dns_writer.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo::dns {
namespace {

constexpr size_t kMaxResolvConf = 1 << 16;
// So many at once leave memory behind that is worth giving back.
constexpr size_t kCrowd = 64;

}  // namespace

Forwarder::Forwarder(const Events& events, Replies& replies, std::string resolvers)
    : events_(events),
      replies_(replies),
      resolvers_(std::move(resolvers)),
      flights_(kMaxFlights),
      buffer_(new uint8_t[kMaxMessage]) {
  for (size_t index = kMaxFlights; index-- > 0;) free_.push_back(static_cast<uint16_t>(index));
}

// As they are now: a VPN or another network may have changed them since the last query.
std::vector<sockaddr_in6> Forwarder::HostServers() const {
  UniqueFd fd(::open(resolvers_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), kMaxResolvConf, text)) text.clear();
  return ReadResolvers(text);
}

void Forwarder::Forward(const Client& client, const Query& query, std::vector<sockaddr_in6> servers,
                        int64_t now) {
  size_t own = 0;
  for (uint16_t index : active_) {
    const Flight& flight = *flights_[index];
    if (flight.IsRepeatedBy(client, query)) return;
    if (flight.client().address == client.address) ++own;
  }
  if (own >= kMaxOfClient || free_.empty()) {
    return replies_.Send(client, Answer(query, kPlainDatagram).Finish(Rcode::kServerFailure));
  }
  uint16_t index = free_.back();
  free_.pop_back();
  active_.push_back(index);
  peak_ = std::max(peak_, active_.size());
  FlightDeck deck{events_, health_, {buffer_.get(), kMaxMessage}};
  flights_[index] = std::make_unique<Flight>(deck, index, ++serial_);
  if (servers.empty()) servers = HostServers();
  flights_[index]->Begin(client, query, std::move(servers), now);
  Settle(*flights_[index], index);
}

Flight* Forwarder::Of(const EventSource& source) const {
  if (source.index >= flights_.size()) return nullptr;
  Flight* flight = flights_[source.index].get();
  return flight != nullptr && flight->serial() == source.serial ? flight : nullptr;
}

void Forwarder::Settle(Flight& flight, uint16_t index) {
  if (!flight.is_done()) return;
  std::vector<uint8_t> answer = flight.TakeAnswer();
  Client client = flight.client();
  flights_[index].reset();
  std::erase(active_, index);
  free_.push_back(index);
  replies_.Pass(client, std::move(answer));
  if (!active_.empty() || peak_ < kCrowd) return;
  peak_ = 0;
  ::malloc_trim(0);
}

void Forwarder::HandleDatagrams(const EventSource& source, int64_t now) {
  Flight* flight = Of(source);
  if (flight == nullptr) return;
  flight->HandleDatagrams(source.part, now);
  Settle(*flight, source.index);
}

void Forwarder::HandleStream(const EventSource& source, int64_t now) {
  Flight* flight = Of(source);
  if (flight == nullptr) return;
  flight->HandleStream(now);
  Settle(*flight, source.index);
}

void Forwarder::HandleTime(int64_t now) {
  for (uint16_t index : std::vector<uint16_t>(active_)) {
    flights_[index]->HandleTime(now);
    Settle(*flights_[index], index);
  }
}

int64_t Forwarder::deadline() const {
  int64_t first = 0;
  for (uint16_t index : active_) {
    int64_t own = flights_[index]->deadline();
    if (first == 0 || own < first) first = own;
  }
  return first;
}

}  // namespace bryo::dns
