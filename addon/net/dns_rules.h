// Names that a container with an egress policy may have, and what each opens.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "net/dns_address.h"

namespace bryo::dns {

struct NameRule {
  std::string pattern;           // a name in lower case, "*.DOMAIN" for those below, or "*"
  std::optional<Subnet> within;  // nothing: addresses of the internet
  uint8_t protocol = 0;          // IPPROTO_TCP or IPPROTO_UDP; 0: all
  uint16_t port = 0;

  // PATTERN,NETWORK|-,tcp|udp|-,PORT|-
  static std::optional<NameRule> Parse(std::string_view text);
  // `name` is in lower case and without the root's dot.
  bool Fits(std::string_view name) const;
};

}  // namespace bryo::dns
