#include "net/dns_address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace bryo::dns {
namespace {

constexpr uint8_t kMapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text.remove_suffix(suffix.size());
  return true;
}

// The last label, which is taken off.
std::string_view TakeLabel(std::string_view& text) {
  size_t dot = text.rfind('.');
  std::string_view label = dot == text.npos ? text : text.substr(dot + 1);
  text = dot == text.npos ? std::string_view() : text.substr(0, dot);
  return label;
}

// A whole number without more digits than it takes.
bool ParseNumber(std::string_view text, int base, unsigned most, unsigned& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  bool is_short = text.size() == 1 || !text.starts_with('0');
  return error == std::errc() && end == text.data() + text.size() && is_short && out <= most;
}

std::optional<Address> ReverseIpv4(std::string_view text) {
  uint8_t bytes[4];
  for (uint8_t& byte : bytes) {
    unsigned number = 0;
    if (!ParseNumber(TakeLabel(text), 10, 255, number)) return std::nullopt;
    byte = static_cast<uint8_t>(number);
  }
  if (!text.empty()) return std::nullopt;
  in_addr address;
  std::memcpy(&address, bytes, sizeof(address));
  return Address(address);
}

std::optional<Address> ReverseIpv6(std::string_view text) {
  in6_addr address{};
  for (unsigned i = 0; i < 32; ++i) {
    unsigned digit = 0;
    if (!ParseNumber(TakeLabel(text), 16, 15, digit)) return std::nullopt;
    address.s6_addr[i / 2] = static_cast<uint8_t>(address.s6_addr[i / 2] << 4 | digit);
  }
  return text.empty() ? std::optional(Address(address)) : std::nullopt;
}

}  // namespace

Address::Address(const in_addr& address) {
  std::memcpy(bytes_, kMapped, sizeof(kMapped));
  std::memcpy(bytes_ + sizeof(kMapped), &address, sizeof(address));
}

std::optional<Address> Address::Of(const sockaddr* address) {
  if (address->sa_family == AF_INET) {
    return Address(reinterpret_cast<const sockaddr_in*>(address)->sin_addr);
  }
  if (address->sa_family != AF_INET6) return std::nullopt;
  return Address(reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr);
}

std::optional<Address> Address::OfBytes(std::span<const uint8_t> bytes) {
  in_addr ipv4{};
  in6_addr ipv6{};
  if (bytes.size() == sizeof(ipv4)) {
    std::memcpy(&ipv4, bytes.data(), sizeof(ipv4));
    return Address(ipv4);
  }
  if (bytes.size() != sizeof(ipv6)) return std::nullopt;
  std::memcpy(&ipv6, bytes.data(), sizeof(ipv6));
  return Address(ipv6);
}

std::optional<Address> Address::Parse(std::string_view text) {
  std::string word(text);
  in_addr ipv4{};
  if (::inet_pton(AF_INET, word.c_str(), &ipv4) == 1) return Address(ipv4);
  in6_addr ipv6{};
  if (::inet_pton(AF_INET6, word.c_str(), &ipv6) == 1) return Address(ipv6);
  return std::nullopt;
}

std::optional<Address> Address::ParseReverse(std::string_view name) {
  if (TakeSuffix(name, ".in-addr.arpa")) return ReverseIpv4(name);
  if (TakeSuffix(name, ".ip6.arpa")) return ReverseIpv6(name);
  return std::nullopt;
}

bool Address::is_ipv4() const { return std::memcmp(bytes_, kMapped, sizeof(kMapped)) == 0; }

std::span<const uint8_t> Address::bytes() const {
  return std::span(bytes_).subspan(is_ipv4() ? sizeof(kMapped) : 0);
}

bool Address::IsIn(const Address& other, unsigned prefix) const {
  auto own = bytes();
  auto whole = other.bytes();
  if (own.size() != whole.size() || prefix > own.size() * 8) return false;
  size_t full = prefix / 8;
  if (!std::equal(own.begin(), own.begin() + static_cast<ptrdiff_t>(full), whole.begin())) {
    return false;
  }
  unsigned rest = prefix % 8;
  return rest == 0 || (own[full] ^ whole[full]) >> (8 - rest) == 0;
}

std::optional<Subnet> Subnet::Parse(std::string_view text) {
  size_t slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  std::optional<Address> address = Address::Parse(text.substr(0, slash));
  unsigned prefix = 0;
  if (!address || !ParseNumber(text.substr(slash + 1), 10, 128, prefix)) return std::nullopt;
  if (prefix > address->bytes().size() * 8) return std::nullopt;
  return Subnet{*address, prefix};
}

}  // namespace bryo::dns
