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

struct LaidRules {
  Firewall firewall = Firewall::kNone;
  bool gate = false;  // whether connections are led to it
};

// Lays the rules with nft(8), a path; empty: there is none. Beside them the gate's (gate_rules.h),
// which take more of a kernel. To be called by a process that may enter the namespace.
LaidRules LayRules(const std::string& nft, int network);

}  // namespace bryo
