#include "net/dns_rules.h"

#include <netinet/in.h>

#include <algorithm>
#include <charconv>

namespace bryo::dns {
namespace {

std::string_view TakeField(std::string_view& text) {
  size_t end = std::min(text.find(','), text.size());
  std::string_view field = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return field;
}

}  // namespace

std::optional<NameRule> NameRule::Parse(std::string_view text) {
  NameRule rule;
  rule.pattern = TakeField(text);
  std::string_view within = TakeField(text);
  std::string_view protocol = TakeField(text);
  std::string_view port = TakeField(text);
  if (rule.pattern.empty() || !text.empty()) return std::nullopt;
  if (within != "-") {
    rule.within = Subnet::Parse(within);
    if (!rule.within) return std::nullopt;
  }
  if (protocol == "-" && port == "-") return rule;
  if (protocol != "tcp" && protocol != "udp") return std::nullopt;
  rule.protocol = protocol == "tcp" ? IPPROTO_TCP : IPPROTO_UDP;
  auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), rule.port);
  if (error != std::errc() || end != port.data() + port.size() || rule.port == 0) {
    return std::nullopt;
  }
  return rule;
}

bool NameRule::Fits(std::string_view name) const {
  if (pattern == "*") return true;
  if (!pattern.starts_with("*.")) return name == pattern;
  std::string_view suffix = std::string_view(pattern).substr(1);
  return name.size() > suffix.size() && name.ends_with(suffix);
}

}  // namespace bryo::dns
