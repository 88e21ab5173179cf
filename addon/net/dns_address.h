// Addresses of IPv4 and IPv6 alike.
#pragma once

#include <netinet/in.h>

#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace bryo::dns {

// Addresses of IPv4 are kept mapped (RFC 4291, 2.5.5.2).
class Address {
 public:
  Address() = default;
  explicit Address(const in6_addr& address) { std::memcpy(bytes_, &address, sizeof(bytes_)); }
  explicit Address(const in_addr& address);

  // Of a socket; nothing for other families.
  static std::optional<Address> Of(const sockaddr* address);
  // Of four or sixteen bytes, as the network has them; nothing for others.
  static std::optional<Address> OfBytes(std::span<const uint8_t> bytes);
  // As inet_pton(3) takes it.
  static std::optional<Address> Parse(std::string_view text);
  // Of a reverse name in lower case (RFC 1035, 3.5; RFC 3596, 2.5).
  static std::optional<Address> ParseReverse(std::string_view name);

  bool is_ipv4() const;
  // Four or sixteen of them.
  std::span<const uint8_t> bytes() const;
  // Whether the first bits, counted as the address's own family does, are those of `other`.
  bool IsIn(const Address& other, unsigned prefix) const;

  bool operator==(const Address&) const = default;

 private:
  uint8_t bytes_[16] = {};
};

struct Subnet {
  Address address;
  unsigned prefix = 0;

  // ADDRESS/PREFIX.
  static std::optional<Subnet> Parse(std::string_view text);
  bool Holds(const Address& other) const { return other.IsIn(address, prefix); }
};

}  // namespace bryo::dns

template <>
struct std::hash<bryo::dns::Address> {
  size_t operator()(const bryo::dns::Address& address) const {
    auto bytes = address.bytes();
    return std::hash<std::string_view>()(
        {reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }
};
