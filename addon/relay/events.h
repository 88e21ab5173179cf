// Readiness of many sockets, each of which leads to its owner.
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "sys/fd.h"

namespace bryo {

// The owner of a socket: `kind` tells whose numbers `index` and `part` are.
struct EventSource {
  enum Kind : uint32_t { kEnd, kUdpPort, kUdpPeer, kListener, kConnection, kAddress };

  Kind kind = kEnd;
  uint32_t index = 0;
  uint32_t part = 0;  // below 2^24
};

class Events {
 public:
  bool Open() {
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    return epoll_.valid();
  }

  bool Watch(int fd, uint32_t events, const EventSource& source) const {
    return Control(EPOLL_CTL_ADD, fd, events, source);
  }

  // Has an edge that was told of already told of once more, if it is still there.
  bool TellAgain(int fd, uint32_t events, const EventSource& source) const {
    return Control(EPOLL_CTL_MOD, fd, events, source);
  }

  // How many there are; below 0 see errno. Milliseconds; -1: for as long as it takes.
  int Wait(epoll_event* events, int most, int timeout) const {
    return ::epoll_wait(epoll_.get(), events, most, timeout);
  }

  static EventSource SourceOf(const epoll_event& event) {
    uint64_t data = event.data.u64;
    return {static_cast<EventSource::Kind>(data >> 56), static_cast<uint32_t>(data),
            static_cast<uint32_t>(data >> 32 & 0xffffff)};
  }

 private:
  bool Control(int operation, int fd, uint32_t events, const EventSource& source) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 =
        uint64_t{source.kind} << 56 | uint64_t{source.part} << 32 | uint64_t{source.index};
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  UniqueFd epoll_;
};

}  // namespace bryo
