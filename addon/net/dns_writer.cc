#include "net/dns_writer.h"

#include <algorithm>

namespace bryo::dns {
namespace {

// A size that passes every path of the internet in one piece (dnsflagday.net/2020).
constexpr uint16_t kServerDatagram = 1232;
// Of this responder; clients are on the same machine.
constexpr uint16_t kOwnDatagram = 4096;
constexpr size_t kOptSize = 11;
constexpr uint16_t kQuestionPlace = 0xc000 | kHeaderSize;
constexpr uint16_t kDnssecOk = 0x8000;

void Put(std::vector<uint8_t>& out, uint16_t value) {
  out.push_back(static_cast<uint8_t>(value >> 8));
  out.push_back(static_cast<uint8_t>(value));
}

void PutAt(std::vector<uint8_t>& out, size_t at, uint16_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

void PutQuestion(std::vector<uint8_t>& out, const Question& question) {
  Bytes name = question.name.wire();
  out.insert(out.end(), name.begin(), name.end());
  Put(out, question.type);
  Put(out, question.klass);
}

void PutOptions(std::vector<uint8_t>& out, uint16_t size, uint8_t extended_code, bool dnssec_ok) {
  out.push_back(0);
  Put(out, kTypeOpt);
  Put(out, size);
  Put(out, static_cast<uint16_t>(extended_code << 8));
  Put(out, dnssec_ok ? kDnssecOk : 0);
  Put(out, 0);
}

// The name as messages have it; empty: it cannot be one.
std::vector<uint8_t> WireName(std::string_view name) {
  constexpr size_t kMaxLabel = 63;
  constexpr size_t kMaxName = 255;
  std::vector<uint8_t> wire;
  while (!name.empty()) {
    std::string_view label = name.substr(0, name.find('.'));
    if (label.empty() || label.size() > kMaxLabel) return {};
    wire.push_back(static_cast<uint8_t>(label.size()));
    wire.insert(wire.end(), label.begin(), label.end());
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  wire.push_back(0);
  if (wire.size() == 1 || wire.size() > kMaxName) return {};
  return wire;
}

}  // namespace

Answer::Answer(const Query& query, size_t limit)
    : limit_(limit - (query.has_edns ? kOptSize : 0)),
      flags_(kFlagResponse | kFlagRecursionAvailable |
             (query.flags & (kFlagRecursionDesired | kFlagCheckingDisabled | 0x7800))),
      has_edns_(query.has_edns),
      dnssec_ok_(query.dnssec_ok) {
  bytes_.resize(kHeaderSize);
  PutAt(bytes_, 0, query.id);
  PutAt(bytes_, 4, query.has_question ? 1 : 0);
  if (query.has_question) PutQuestion(bytes_, query.question);
}

void Answer::Put16(uint16_t value) { Put(bytes_, value); }

// Names of hosts are not for keeping: a container may have another address at any time.
bool Answer::BeginRecord(uint16_t type, size_t data_size) {
  constexpr size_t kFixed = 12;
  if ((flags_ & kFlagTruncated) != 0) return false;
  if (bytes_.size() + kFixed + data_size > limit_) {
    flags_ |= kFlagTruncated;
    return false;
  }
  Put16(kQuestionPlace);
  Put16(type);
  Put16(kClassIn);
  Put16(0);
  Put16(0);
  Put16(static_cast<uint16_t>(data_size));
  ++records_;
  return true;
}

void Answer::AddAddress(const Address& address) {
  Bytes bytes = address.bytes();
  if (!BeginRecord(address.is_ipv4() ? kTypeA : kTypeAaaa, bytes.size())) return;
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

void Answer::AddPointer(std::string_view name) {
  std::vector<uint8_t> wire = WireName(name);
  if (wire.empty() || !BeginRecord(kTypePtr, wire.size())) return;
  bytes_.insert(bytes_.end(), wire.begin(), wire.end());
}

std::vector<uint8_t> Answer::Finish(Rcode code) {
  auto number = static_cast<uint16_t>(code);
  PutAt(bytes_, 2, static_cast<uint16_t>(flags_ | (number & 0xf)));
  PutAt(bytes_, 6, records_);
  PutAt(bytes_, 10, has_edns_ ? 1 : 0);
  if (has_edns_) {
    PutOptions(bytes_, kOwnDatagram, static_cast<uint8_t>(number >> 4), dnssec_ok_);
  }
  return std::move(bytes_);
}

std::vector<uint8_t> WriteUpstream(const Query& query, uint16_t id) {
  std::vector<uint8_t> out(kHeaderSize);
  constexpr uint16_t kept = kFlagRecursionDesired | kFlagAuthentic | kFlagCheckingDisabled;
  PutAt(out, 0, id);
  PutAt(out, 2, query.flags & kept);
  PutAt(out, 4, 1);
  PutAt(out, 10, query.has_edns ? 1 : 0);
  PutQuestion(out, query.question);
  if (query.has_edns) PutOptions(out, kServerDatagram, 0, query.dnssec_ok);
  return out;
}

size_t DatagramLimit(const Query& query) {
  return std::clamp<size_t>(query.datagram_size, kPlainDatagram, kOwnDatagram);
}

}  // namespace bryo::dns
