// One attached client: how far it is with the payload's output, and with its own input.
#pragma once

#include <cstddef>
#include <cstdint>

#include "monitor/clients.h"
#include "monitor/held_input.h"
#include "sys/fd.h"

namespace bryo {

struct Clients::Client {
  UniqueFd socket;
  bool foreground = false;
  bool first = false;
  bool no_output = false;  // the client reads no more
  bool hung_up = false;    // nothing more will arrive than what the socket already holds
  bool gone = false;       // to be removed
  bool close_stdin = false;
  bool behind = false;
  bool no_room = false;  // its next message waits in the socket until held input is taken
  size_t sent = 0;
  int64_t blocked_since = 0;
  int64_t stalled = 0;
  int64_t taken = 0;
  uint32_t unacknowledged = 0;
  HeldInput held;  // what the payload has not taken yet
};

}  // namespace bryo
