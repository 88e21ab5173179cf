#include "monitor/clients.h"

#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>

#include "monitor/monitor.h"
#include "monitor/protocol.h"

namespace bryo {
namespace {

char g_message[1 + kMaxMessage];

// Room in the socket's send buffer for a few full messages; the rest of what the kernel allows is
// kept back for the last message, which must fit however slowly a client reads.
constexpr int kSendBuffer = 131072;
constexpr int kLastSendBuffer = 212992;

enum class Sent { kYes, kWouldBlock, kBroken };

Sent SendMessage(int fd, char type, const char* data, size_t size) {
  iovec parts[2] = {{&type, 1}, {const_cast<char*>(data), size}};
  msghdr header{};
  header.msg_iov = parts;
  header.msg_iovlen = size > 0 ? 2 : 1;
  for (;;) {
    if (::sendmsg(fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return Sent::kYes;
    if (errno == EINTR) continue;
    return errno == EAGAIN ? Sent::kWouldBlock : Sent::kBroken;
  }
}

void SendLast(int fd, char type, const char* data, size_t size) {
  int room = kLastSendBuffer;
  ::setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
  SendMessage(fd, type, data, size);
}

}  // namespace

ClientLimits MakeClientLimits(const MonitorConfig& config) {
  ClientLimits limits;
  bool logged = !config.log_path.empty() || !config.log_journal.empty();
  if (config.client_stall_ms != 0 && logged) {
    limits.foreground_stall = static_cast<int64_t>(config.client_stall_ms) * kMillisecond;
  }
  return limits;
}

struct Clients::Client {
  UniqueFd socket;
  bool foreground = false;
  bool first = false;
  bool no_output = false;  // the client reads no more
  bool hung_up = false;    // nothing more will arrive than what the socket already holds
  bool gone = false;       // to be removed
  bool close_stdin = false;
  bool behind = false;
  bool no_room = false;    // its next message waits in the socket until held input is taken
  size_t sent = 0;
  int64_t blocked_since = 0;
  int64_t stalled = 0;
  int64_t taken = 0;
  uint32_t unacknowledged = 0;
  char* held = nullptr;  // input that the payload has not taken yet; mapped only while there is any
  size_t held_at = 0;
  size_t held_size = 0;
};

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
  int room = kSendBuffer;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
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
      // What the client sent before it went away still counts.
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
  int64_t deadline = kNever;
  for (size_t i = 0; i < count_; ++i) {
    const Client& client = *clients_[i];
    if (!client.behind || Limit(client) == kNever) continue;
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
    if (!client.behind || limit == kNever) continue;
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

// --- input ------------------------------------------------------------------------------------

void Clients::TakeInput(Client& client, const char* data, size_t size) {
  size_t taken = client.held_size == 0 ? input_.Write(data, size) : 0;
  client.unacknowledged += static_cast<uint32_t>(taken);
  if (taken == size) return;
  if (client.held == nullptr) {
    void* memory = ::mmap(nullptr, kStdinWindow, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) {
      client.gone = true;  // losing input silently would be worse
      return;
    }
    client.held = static_cast<char*>(memory);
  }
  if (client.held_at > 0) {
    std::memmove(client.held, client.held + client.held_at, client.held_size);
    client.held_at = 0;
  }
  std::memcpy(client.held + client.held_size, data + taken, size - taken);
  client.held_size += size - taken;
}

void Clients::FlushHeld(Client& client) {
  if (client.held_size == 0) return;
  size_t taken = input_.Write(client.held + client.held_at, client.held_size);
  client.unacknowledged += static_cast<uint32_t>(taken);
  client.held_at += taken;
  client.held_size -= taken;
  if (taken > 0) client.no_room = false;
  if (client.held_size > 0) return;
  ::munmap(client.held, kStdinWindow);
  client.held = nullptr;
  client.held_at = 0;
  if (client.close_stdin) input_.Close();
  client.close_stdin = false;
}

void Clients::Acknowledge(Client& client) {
  if (client.no_output || client.gone) client.unacknowledged = 0;
  if (client.unacknowledged == 0) return;
  // Half a window at a time, unless the client may be waiting for it.
  if (client.unacknowledged < kStdinWindow / 2 && client.held_size > 0) return;
  char bytes[4];
  PutLittle(bytes, client.unacknowledged, sizeof(bytes));
  Sent sent = SendMessage(client.socket.get(), kAcknowledge, bytes, sizeof(bytes));
  if (sent == Sent::kYes) client.unacknowledged = 0;
}

bool Clients::ReceiveOne(Client& client) {
  int fd = client.socket.get();
  if (client.held_size > 0) {
    // Look before taking: input that does not fit stays in the socket.
    char type = 0;
    ssize_t size = ::recv(fd, &type, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    bool fits = size > 0 && client.held_size + static_cast<size_t>(size) - 1 <= kStdinWindow;
    bool input = type == kStdin || type == kCloseStdin;
    client.no_room = size > 0 && input && (!fits || client.close_stdin);
    if (client.no_room) return false;
  }
  ssize_t got = ::recv(fd, g_message, sizeof(g_message), MSG_DONTWAIT);
  if (got < 0 && errno == EINTR) return true;
  if (got < 0 && errno == EAGAIN) {
    client.gone = client.hung_up;
    return false;
  }
  if (got < 0 && errno == ECONNRESET) {
    // Said once, when the peer closed without having read everything; its messages are still here.
    client.hung_up = true;
    return true;
  }
  if (got <= 0) {
    client.gone = true;
    return false;
  }
  const char* data = g_message + 1;
  size_t size = static_cast<size_t>(got) - 1;
  switch (g_message[0]) {
    case kStdin:
      TakeInput(client, data, size);
      break;
    case kCloseStdin:
      if (client.held_size > 0) {
        client.close_stdin = true;
      } else {
        input_.Close();
      }
      break;
    case kWindowSize:
      if (size == 4) {
        input_.SetWindowSize(static_cast<uint16_t>(GetLittle(data, 2)),
                             static_cast<uint16_t>(GetLittle(data + 2, 2)));
      }
      break;
    case kSignal:
      if (size == 4) input_.Signal(static_cast<int>(GetLittle(data, 4)));
      break;
    default:
      break;
  }
  return true;
}

void Clients::Receive(Client& client) {
  // Bounded, so that one client cannot keep the monitor from the payload's output.
  for (int i = 0; i < 8 && !client.gone; ++i) {
    if (!ReceiveOne(client)) break;
  }
  Acknowledge(client);
  if (client.gone && client.held_size > 0) {
    // Gone, but the payload has not taken its last input yet.
    client.gone = false;
    client.hung_up = true;
    if (!client.no_output) StopOutput(client);
  }
}

void Clients::InputWritable() {
  for (size_t i = count_; i > 0; --i) {
    Client& client = *clients_[i - 1];
    if (client.held_size == 0) continue;
    FlushHeld(client);
    Acknowledge(client);
    if (client.held_size > 0) return;
  }
}

bool Clients::wants_input_writable() const {
  for (size_t i = 0; i < count_; ++i) {
    if (clients_[i]->held_size > 0) return true;
  }
  return false;
}

// --- polling ----------------------------------------------------------------------------------

size_t Clients::FillPoll(pollfd* entries) const {
  for (size_t i = 0; i < count_; ++i) {
    const Client& client = *clients_[i];
    // poll reports a hang-up always; a client that waits only for the payload is left out.
    bool waits = client.hung_up && client.held_size > 0;
    short events = 0;
    if (!client.no_room) events |= POLLIN;
    if (client.behind || (client.unacknowledged > 0 && client.held_size == 0)) events |= POLLOUT;
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
  if (client.held != nullptr) ::munmap(client.held, kStdinWindow);
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
