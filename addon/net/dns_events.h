// Readiness of sockets of the responder or the gate, each of which leads to its owner.
#pragma once

#include <sys/epoll.h>

#include <cstdint>

#include "sys/fd.h"

namespace bryo::dns {

// `serial` tells the users of one place after each other apart: events of one that has gone are
// nobody's.
struct EventSource {
  enum Kind : uint8_t {
    kTimer,
    kDatagrams,
    kListener,
    kConnection,
    kServerDatagram,
    kServerStream,
    kDevice,
    kEgressLog
  };

  Kind kind = kTimer;
  uint8_t part = 0;
  uint16_t index = 0;
  uint32_t serial = 0;
};

class Events {
 public:
  bool Open() {
    epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
    return epoll_.valid();
  }
  int fd() const { return epoll_.get(); }

  bool Watch(int fd, uint32_t events, const EventSource& source) const {
    return Control(EPOLL_CTL_ADD, fd, events, source);
  }
  bool Change(int fd, uint32_t events, const EventSource& source) const {
    return Control(EPOLL_CTL_MOD, fd, events, source);
  }

  // Events that are there already; how many.
  int Take(epoll_event* events, int most) const {
    return ::epoll_wait(epoll_.get(), events, most, 0);
  }

  static EventSource SourceOf(const epoll_event& event) {
    uint64_t data = event.data.u64;
    return {static_cast<EventSource::Kind>(data >> 56), static_cast<uint8_t>(data >> 48),
            static_cast<uint16_t>(data >> 32), static_cast<uint32_t>(data)};
  }

 private:
  bool Control(int operation, int fd, uint32_t events, const EventSource& source) const {
    epoll_event event{};
    event.events = events;
    event.data.u64 = uint64_t{source.kind} << 56 | uint64_t{source.part} << 48 |
                     uint64_t{source.index} << 32 | source.serial;
    return ::epoll_ctl(epoll_.get(), operation, fd, &event) == 0;
  }

  UniqueFd epoll_;
};

}  // namespace bryo::dns
