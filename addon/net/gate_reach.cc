#include "net/gate_reach.h"

#include <algorithm>
#include <optional>

namespace bryo::gate {
namespace {

// "This network" and loopback are the host's own; a link's addresses mean nothing on another link;
// the others are no one server's (RFC 6890), or IPv4 in the clothes of IPv6.
constexpr const char* kClosed[] = {
    "0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "240.0.0.0/4", "::/128",
    "::1/128",   "fe80::/10",   "ff00::/8",    "::/96",
};

}  // namespace

bool MayReach(const dns::Address& server) {
  return std::ranges::none_of(kClosed, [&](const char* text) {
    std::optional<dns::Subnet> subnet = dns::Subnet::Parse(text);
    return subnet && subnet->Holds(server);
  });
}

}  // namespace bryo::gate
