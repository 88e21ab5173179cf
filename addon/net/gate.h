// Outgoing TCP connections of containers, as connections of the host.
#pragma once

#include <netinet/in.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <unordered_map>
#include <vector>

#include "net/dns_events.h"
#include "net/gate_packet.h"
#include "net/gate_shares.h"
#include "net/gate_sockets.h"
#include "relay/pipes.h"
#include "relay/stream_pair.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::gate {

struct EndsHash {
  size_t operator()(const Ends& ends) const {
    size_t addresses = std::hash<Address>()(ends.client) * 31 + std::hash<Address>()(ends.server);
    return addresses * 31 + (size_t{ends.client_port} << 16 | ends.server_port);
  }
};

// The first packet of a connection is led to a device and waits there until the host has reached
// the server, so that a client learns what really came of it; then it goes on to a listener
// (gate_rules.h), and bytes go from socket to socket by splice(2), without being copied here.
//
//   client ── SYN ──► gate0 ── connect(2) of the host ──► server
//          ◄─ RST or unreachable, or the SYN goes to the listener, which accepts ─┘
//
// Sockets towards servers are of the network namespace of the thread. Belongs to one thread.
class Gate {
 public:
  Status Open(Sockets sockets);

  // Readable when there is something to handle.
  int fd() const { return events_.fd(); }
  // Handles what there is by now; does not wait.
  void Handle();

 private:
  struct Connection {
    StreamPair streams;  // the client's side, the server's
    Address client;
    uint32_t next_free = 0;
    uint32_t serial = 0;
    bool open = false;
    bool connected = false;
    // While it is awaited: the packet, and until when.
    std::unique_ptr<std::vector<uint8_t>> packet;
    int64_t until = 0;
  };

  void HandleDevice();
  void HandleListener(uint16_t family);
  void RefuseOne(uint16_t family);
  void HandleConnection(const dns::EventSource& source);
  void HandleTime();
  void Begin(const Opening& opening, Bytes packet);
  void Refuse(const Opening& opening, Bytes packet, int error);
  void FinishConnect(uint32_t index);
  void LetIn(const Connection& connection);
  void Adopt(UniqueFd client);
  void Pump(uint32_t index);
  void Close(uint32_t index, bool reset);
  void SetTimer();

  dns::Events events_;
  UniqueFd timer_;
  UniqueFd spare_;  // for a client who is refused when no descriptor is left
  int64_t now_ = 0;
  Sockets sockets_;
  PipePool pipes_;
  Connection* connections_ = nullptr;
  uint32_t used_ = 0;  // slots from here on have never been used
  uint32_t free_ = 0;  // the first free slot below, plus one; 0: none
  bool timed_ = false;
  Shares shares_;
  // Connections that are asked for and not there yet.
  std::unordered_map<Ends, uint32_t, EndsHash> awaited_;
};

}  // namespace bryo::gate
