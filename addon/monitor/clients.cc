#include "monitor/clients.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <new>

#include "monitor/client.h"
#include "monitor/client_socket.h"
#include "monitor/monitor.h"
#include "monitor/protocol.h"

namespace bryo {

ClientLimits MakeClientLimits(const MonitorConfig& config) {
  ClientLimits limits;
  bool logged = !config.log_path.empty() || !config.log_journal.empty();
  if (config.client_stall_ms != 0 && logged) {
    limits.foreground_stall = static_cast<int64_t>(config.client_stall_ms) * kMillisecond;
  }
  return limits;
}

Clients::Clients(PayloadInput& input, const ClientLimits& limits, const StdinPolicy& policy)
    : input_(input), limits_(limits), policy_(policy) {}

Clients::~Clients() {
  while (count_ > 0) Remove(*clients_[count_ - 1]);
}

void Clients::Add(UniqueFd socket, bool foreground) {
  auto* client = count_ < kMaxClients ? new (std::nothrow) Client : nullptr;
  if (client == nullptr) {
    SendLast(socket.get(), kDropped, nullptr, 0);
    return;
  }
  LimitSendBuffer(socket.get());
  client->socket = std::move(socket);
  client->foreground = foreground;
  client->first = !had_first_;
  had_first_ = true;
  clients_[count_++] = client;
}

int64_t Clients::Limit(const Client& client) const {
  return client.foreground ? limits_.foreground_stall : limits_.stall;
}

void Clients::Send(char type, const char* data, size_t size) {
  type_ = type;
  data_ = data;
  size_ = size;
  for (size_t i = 0; i < count_; ++i) {
    Client& client = *clients_[i];
    if (client.no_output || client.gone) continue;
    client.sent = 0;
    client.behind = true;
    ++behind_;
    Pump(client);
  }
}

void Clients::StopOutput(Client& client) {
  client.no_output = true;
  if (client.behind) --behind_;
  client.behind = false;
}

void Clients::Pump(Client& client) {
  while (client.sent < size_) {
    size_t size = std::min(size_ - client.sent, kMaxMessage);
    Sent sent = SendMessage(client.socket.get(), type_, data_ + client.sent, size);
    if (sent == Sent::kBroken) {
      // Input that the client sent before it went away still counts.
      StopOutput(client);
      client.hung_up = true;
      return;
    }
    if (sent == Sent::kWouldBlock) {
      if (client.blocked_since == 0) client.blocked_since = MonotonicNow();
      return;
    }
    if (client.blocked_since != 0) {
      client.stalled += MonotonicNow() - client.blocked_since;
      client.blocked_since = 0;
    }
    client.sent += size;
    client.taken += static_cast<int64_t>(size);
    if (client.taken >= kStallBytes) client.stalled = client.taken = 0;
  }
  client.behind = false;
  --behind_;
}

int64_t Clients::Deadline() const {
  int64_t deadline = kNoDeadline;
  for (size_t i = 0; i < count_; ++i) {
    const Client& client = *clients_[i];
    if (!client.behind || Limit(client) == kNoDeadline) continue;
    deadline = std::min(deadline, client.blocked_since + Limit(client) - client.stalled);
  }
  return deadline;
}

void Clients::Drop(Client& client) {
  SendLast(client.socket.get(), kDropped, nullptr, 0);
  StopOutput(client);
  client.gone = true;
}

void Clients::DropStalled(int64_t now) {
  for (size_t i = count_; i > 0; --i) {
    Client& client = *clients_[i - 1];
    int64_t limit = Limit(client);
    if (!client.behind || limit == kNoDeadline) continue;
    if (now - client.blocked_since + client.stalled < limit) continue;
    Drop(client);
    Remove(client);
  }
}

void Clients::DropBehind() {
  for (size_t i = count_; i > 0; --i) {
    Client& client = *clients_[i - 1];
    if (!client.behind) continue;
    Drop(client);
    Remove(client);
  }
}

size_t Clients::FillPoll(pollfd* entries) const {
  for (size_t i = 0; i < count_; ++i) {
    const Client& client = *clients_[i];
    // poll reports a hang-up always; a client that waits only for the payload is left out.
    bool waits = client.hung_up && !client.held.empty();
    short events = 0;
    if (!client.no_room) events |= POLLIN;
    if (client.behind || (client.unacknowledged > 0 && client.held.empty())) events |= POLLOUT;
    entries[i] = {waits ? -1 : client.socket.get(), events, 0};
  }
  return count_;
}

void Clients::HandlePoll(const pollfd* entries, size_t count) {
  for (size_t i = count; i > 0; --i) {
    Client& client = *clients_[i - 1];
    short events = entries[i - 1].revents;
    if ((events & POLLOUT) != 0) {
      if (client.behind) Pump(client);
      Acknowledge(client);
    }
    if ((events & (POLLHUP | POLLERR)) != 0) {
      client.hung_up = true;
      if (!client.no_output) StopOutput(client);
    }
    if ((events & POLLIN) != 0 || client.hung_up) Receive(client);
    if (client.gone) Remove(client);
  }
}

void Clients::Remove(Client& client) {
  if (client.behind) --behind_;
  bool close = client.first && policy_.once;
  for (size_t i = 0; i < count_; ++i) {
    if (clients_[i] != &client) continue;
    clients_[i] = clients_[--count_];
    break;
  }
  delete &client;
  if (close || (count_ == 0 && !policy_.open)) input_.ClosePipe();
}

void Clients::Finish(int exit_code) {
  char bytes[4];
  PutLittle(bytes, static_cast<uint32_t>(exit_code), sizeof(bytes));
  for (size_t i = 0; i < count_; ++i) {
    if (!clients_[i]->no_output) SendLast(clients_[i]->socket.get(), kExit, bytes, sizeof(bytes));
  }
  while (count_ > 0) Remove(*clients_[count_ - 1]);
}

}  // namespace bryo
