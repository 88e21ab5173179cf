#include "net/gate_packet.h"

#include <netinet/in.h>

#include <algorithm>
#include <cstring>

namespace bryo::gate {
namespace {

constexpr size_t kHeader4 = 20;
constexpr size_t kHeader6 = 40;
constexpr size_t kTcpHeader = 20;
constexpr uint8_t kFin = 0x01, kSyn = 0x02, kRst = 0x04, kAck = 0x10;
constexpr uint8_t kHops = 64;

uint16_t Word(Bytes bytes, size_t at) {
  return static_cast<uint16_t>(bytes[at] << 8 | bytes[at + 1]);
}

uint32_t LongWord(Bytes bytes, size_t at) {
  return uint32_t{Word(bytes, at)} << 16 | Word(bytes, at + 2);
}

void Put(std::vector<uint8_t>& out, size_t at, uint16_t value) {
  out[at] = static_cast<uint8_t>(value >> 8);
  out[at + 1] = static_cast<uint8_t>(value);
}

void PutLong(std::vector<uint8_t>& out, size_t at, uint32_t value) {
  Put(out, at, static_cast<uint16_t>(value >> 16));
  Put(out, at + 2, static_cast<uint16_t>(value));
}

// The sum of RFC 1071, not yet inverted.
uint32_t Sum(Bytes bytes, uint32_t sum = 0) {
  for (size_t at = 0; at < bytes.size(); at += 2) {
    sum += static_cast<uint32_t>(bytes[at] << 8) + (at + 1 < bytes.size() ? bytes[at + 1] : 0);
  }
  return sum;
}

uint16_t Fold(uint32_t sum) {
  while (sum >> 16 != 0) sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<uint16_t>(~sum);
}

uint32_t PseudoSum(const Address& from, const Address& to, size_t size, uint8_t protocol) {
  return Sum(from.bytes(), Sum(to.bytes(), static_cast<uint32_t>(size) + protocol));
}

// A packet with so much room behind its header of IP.
std::vector<uint8_t> Begin(const Address& from, const Address& to, uint8_t protocol, size_t size) {
  size_t header = from.is_ipv4() ? kHeader4 : kHeader6;
  std::vector<uint8_t> out(header + size);
  Bytes source = from.bytes();
  Bytes target = to.bytes();
  if (from.is_ipv4()) {
    out[0] = 0x45;
    Put(out, 2, static_cast<uint16_t>(out.size()));
    out[8] = kHops;
    out[9] = protocol;
    std::ranges::copy(source, out.begin() + 12);
    std::ranges::copy(target, out.begin() + 16);
    Put(out, 10, Fold(Sum(Bytes(out).first(kHeader4))));
  } else {
    out[0] = 0x60;
    Put(out, 4, static_cast<uint16_t>(size));
    out[6] = protocol;
    out[7] = kHops;
    std::ranges::copy(source, out.begin() + 8);
    std::ranges::copy(target, out.begin() + 24);
  }
  return out;
}

Address AddressAt(Bytes packet, size_t at, bool is_ipv4) {
  if (is_ipv4) {
    in_addr address{};
    std::memcpy(&address, &packet[at], sizeof(address));
    return Address(address);
  }
  in6_addr address{};
  std::memcpy(&address, &packet[at], sizeof(address));
  return Address(address);
}

// Where the header of TCP begins; 0: the packet has none.
size_t FindTcp(Bytes packet, Ends& ends) {
  if (packet.size() < kHeader4) return 0;
  if (packet[0] >> 4 == 4) {
    size_t header = size_t{packet[0] & 15U} * 4;
    bool is_fragment = (Word(packet, 6) & 0x3fff) != 0;
    if (header < kHeader4 || packet[9] != IPPROTO_TCP || is_fragment) return 0;
    ends.client = AddressAt(packet, 12, true);
    ends.server = AddressAt(packet, 16, true);
    return header;
  }
  if (packet[0] >> 4 != 6 || packet.size() < kHeader6 || packet[6] != IPPROTO_TCP) return 0;
  ends.client = AddressAt(packet, 8, false);
  ends.server = AddressAt(packet, 24, false);
  // Mapped ones would be taken for others.
  return ends.client.is_ipv4() || ends.server.is_ipv4() ? 0 : kHeader6;
}

}  // namespace

std::optional<Opening> ReadOpening(Bytes packet) {
  Opening opening;
  size_t at = FindTcp(packet, opening.ends);
  if (at == 0 || packet.size() < at + kTcpHeader) return std::nullopt;
  if ((packet[at + 13] & (kFin | kSyn | kRst | kAck)) != kSyn) return std::nullopt;
  opening.ends.client_port = Word(packet, at);
  opening.ends.server_port = Word(packet, at + 2);
  opening.sequence = LongWord(packet, at + 4);
  opening.payload = at;
  if (opening.ends.client_port == 0 || opening.ends.server_port == 0) return std::nullopt;
  return opening;
}

std::vector<uint8_t> WriteReset(const Opening& opening) {
  const Ends& ends = opening.ends;
  std::vector<uint8_t> out = Begin(ends.server, ends.client, IPPROTO_TCP, kTcpHeader);
  size_t at = out.size() - kTcpHeader;
  Put(out, at, ends.server_port);
  Put(out, at + 2, ends.client_port);
  PutLong(out, at + 8, opening.sequence + 1);
  out[at + 12] = kTcpHeader / 4 << 4;
  out[at + 13] = kRst | kAck;
  uint32_t pseudo = PseudoSum(ends.server, ends.client, kTcpHeader, IPPROTO_TCP);
  Put(out, at + 16, Fold(Sum(Bytes(out).subspan(at), pseudo)));
  return out;
}

std::vector<uint8_t> WriteUnreachable(const Opening& opening, Bytes packet, bool network) {
  constexpr size_t kIcmpHeader = 8;
  // Of the packet as much as tells whose it is.
  size_t kept = opening.payload + 8;
  const Ends& ends = opening.ends;
  bool is_ipv4 = ends.client.is_ipv4();
  uint8_t protocol = IPPROTO_ICMPV6;
  if (is_ipv4) protocol = IPPROTO_ICMP;
  std::vector<uint8_t> out = Begin(ends.server, ends.client, protocol, kIcmpHeader + kept);
  size_t at = out.size() - kIcmpHeader - kept;
  if (is_ipv4) {
    out[at] = 3;
    out[at + 1] = network ? 0 : 1;
  } else {
    out[at] = 1;
    out[at + 1] = network ? 0 : 3;
  }
  std::ranges::copy(packet.first(kept), out.begin() + static_cast<ptrdiff_t>(at + kIcmpHeader));
  size_t size = kIcmpHeader + kept;
  uint32_t pseudo = is_ipv4 ? 0 : PseudoSum(ends.server, ends.client, size, protocol);
  Put(out, at + 2, Fold(Sum(Bytes(out).subspan(at), pseudo)));
  return out;
}

}  // namespace bryo::gate
