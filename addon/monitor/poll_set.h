// The descriptors of one poll(2), made anew each time from the state: nothing to keep in step.
#pragma once

#include <poll.h>

#include <cstddef>

#include "monitor/clients.h"
#include "monitor/supervision.h"

namespace bryo {

struct PollSet {
  pollfd entries[10 + Supervision::kPollEntries + Clients::kMaxClients];
  size_t count = 0;
  size_t supervision_at = 0;
  size_t clients_at = 0;
  size_t clients = 0;
  size_t input = 0;
  size_t listener = 0;
  size_t pod_link = 0;
  size_t held = 0;
  size_t caller = 0;
  size_t bridges = 0;
  size_t relay = 0;

  size_t Add(int fd, short events) {
    entries[count] = {fd, events, 0};
    return count++;
  }
};

}  // namespace bryo
