// Messages that the responder writes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "net/dns_address.h"
#include "net/dns_message.h"

namespace bryo::dns {

// An answer to a query, which is no longer than `limit` bytes: records that do not fit are left
// out, and the answer says so (RFC 2181, 9).
class Answer {
 public:
  Answer(const Query& query, size_t limit);

  void AddAddress(const Address& address);
  // `name` is a host's, with dots between its labels; what cannot be one is left out.
  void AddPointer(std::string_view name);
  // Tells that there is more than this answer has.
  void SetTruncated() { flags_ |= kFlagTruncated; }
  std::vector<uint8_t> Finish(Rcode code);

 private:
  bool BeginRecord(uint16_t type, size_t data_size);
  void Put16(uint16_t value);

  std::vector<uint8_t> bytes_;
  size_t limit_;
  uint16_t flags_;
  uint16_t records_ = 0;
  bool has_edns_;
  bool dnssec_ok_;
};

// The query as a server is asked it: with this id, and nothing of the client's but the question and
// what it understands.
std::vector<uint8_t> WriteUpstream(const Query& query, uint16_t id);

// The most bytes that a datagram to this client may have.
size_t DatagramLimit(const Query& query);

}  // namespace bryo::dns
