// The attached clients: hands them the payload's output and takes their input.
//
// Memory stays flat. A client's queue of output is its socket's send buffer; the one read of the
// payload's output that did not fit stays in the monitor's read buffer, and nothing more is read
// until every client has taken it or has been dropped. Each client may hold the payload up for a
// limited time per kStallBytes that it takes: the client of a foreground run for long, because it
// is what the payload's output is for (`bryo run ... | less`), all others only briefly.
#pragma once

#include <poll.h>

#include <cstddef>
#include <cstdint>

#include "monitor/clock.h"
#include "monitor/payload_input.h"
#include "sys/fd.h"

namespace bryo {

struct ClientLimits {
  int64_t foreground_stall = kNoDeadline;  // nanoseconds
  int64_t stall = 2000 * kMillisecond;
};

struct MonitorConfig;

// Without a log nothing else reads the payload's output: a slow client is not dropped then.
ClientLimits MakeClientLimits(const MonitorConfig& config);

struct StdinPolicy {
  bool open = false;  // keep standard input open while no client is attached
  bool once = false;  // close it when the first client goes away
};

class Clients {
 public:
  static constexpr size_t kMaxClients = 64;
  static constexpr int64_t kStallBytes = 65536;

  Clients(PayloadInput& input, const ClientLimits& limits, const StdinPolicy& policy);
  ~Clients();
  Clients(const Clients&) = delete;
  Clients& operator=(const Clients&) = delete;

  // Past kMaxClients the connection is answered with D and closed.
  void Add(UniqueFd socket, bool foreground);

  // Starts handing out one read of the payload's output; `data` must stay until !busy().
  void Send(char type, const char* data, size_t size);
  bool busy() const { return behind_ > 0; }

  // Polling: fills entries for every client, then takes their results in the same order.
  size_t FillPoll(pollfd* entries) const;
  void HandlePoll(const pollfd* entries, size_t count);
  // The payload's standard input has room again.
  void InputWritable();
  bool wants_input_writable() const;

  // The next moment at which a client has held up the payload for too long.
  int64_t Deadline() const;
  void DropStalled(int64_t now);
  void DropBehind();

  // The last message to everybody, then all connections are closed.
  void Finish(int exit_code);

 private:
  struct Client;

  void Pump(Client& client);
  void Receive(Client& client);
  bool ReceiveOne(Client& client);
  void TakeInput(Client& client, const char* data, size_t size);
  void FlushHeld(Client& client);
  void Acknowledge(Client& client);
  void StopOutput(Client& client);
  void Drop(Client& client);
  void Remove(Client& client);
  int64_t Limit(const Client& client) const;

  PayloadInput& input_;
  ClientLimits limits_;
  StdinPolicy policy_;
  Client* clients_[kMaxClients] = {};
  size_t count_ = 0;
  size_t behind_ = 0;  // clients that have not taken all of the current read
  bool had_first_ = false;
  char type_ = 0;
  const char* data_ = nullptr;
  size_t size_ = 0;
};

}  // namespace bryo
