// Names and numbers within the bridges' network namespace.
#pragma once

#include <cstdint>

namespace bryo {

// Groups of interfaces (ip-link(8), "group"), by which the rules of the firewall tell bridges from
// others: none of them names one.
inline constexpr uint32_t kOpenBridges = 7001;
inline constexpr uint32_t kInternalBridges = 7002;

// The uplink's device, which slirp4netns makes.
inline constexpr char kUplink[] = "tap0";

// The table of the family "bridge", and its sets of what may come from a port (guard.h).
inline constexpr char kTable[] = "bryo";
inline constexpr char kMacSet[] = "macs";
inline constexpr char kAddressSet4[] = "addresses4";
inline constexpr char kAddressSet6[] = "addresses6";

}  // namespace bryo
