// Two connected sockets, and the bytes on their way from each to the other.
#pragma once

#include <cstdint>

#include "relay/pipes.h"

namespace bryo {

struct StreamPair {
  struct Direction {
    Pipe pipe;
    bool ended = false;  // the source has said all
    bool done = false;   // so has this process to the sink
  };

  int fds[2] = {-1, -1};
  Direction directions[2];  // from the socket of that number to the other one

  bool is_done() const { return directions[0].done && directions[1].done; }
};

enum class Pumped {
  kAll,     // there is no more, or no room for it: an event will tell
  kSome,    // others have their turn first; the event must be asked for anew
  kBroken,  // a socket has failed
};

// Moves bytes from this socket on with splice(2), then the end of them.
Pumped PumpStream(StreamPair& pair, uint32_t from, PipePool& pipes);

// As sockets of relayed connections are: what is written goes at once, and a peer that has vanished
// is noticed at some time.
void SetUpStream(int fd);

// With a reset in place of a normal end: the other side has failed.
void CloseStream(int fd, bool reset);
void CloseStreams(StreamPair& pair, PipePool& pipes, bool reset);

}  // namespace bryo
