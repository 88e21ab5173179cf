// The rules of the bridges' network namespace.
#pragma once

#include <string>

#include "sys/status.h"

namespace bryo {

// How much of it a kernel and a machine have.
enum class Firewall {
  kNone,     // bridges are kept apart by routes alone (plain_routes.h); no addresses are translated
  kRouted,   // they are, but ports are not guarded (guard.h)
  kGuarded,  // all
};

// Lays the rules with nft(8), a path; empty: there is none. To be called by a process that may
// enter the namespace.
Firewall LayFirewall(const std::string& nft, int network);

}  // namespace bryo
