// Messages from attached clients.
#include <sys/socket.h>

#include <cerrno>

#include "monitor/client.h"
#include "monitor/client_socket.h"
#include "monitor/clients.h"
#include "monitor/protocol.h"

namespace bryo {
namespace {

char g_message[1 + kMaxMessage];

}  // namespace

void Clients::TakeInput(Client& client, const char* data, size_t size) {
  size_t taken = client.held.empty() ? input_.Write(data, size) : 0;
  client.unacknowledged += static_cast<uint32_t>(taken);
  if (taken == size) return;
  // Losing input silently would be worse.
  if (!client.held.Append(data + taken, size - taken)) client.gone = true;
}

void Clients::FlushHeld(Client& client) {
  if (client.held.empty()) return;
  size_t taken = input_.Write(client.held.data(), client.held.size());
  client.unacknowledged += static_cast<uint32_t>(taken);
  client.held.Drop(taken);
  if (taken > 0) client.no_room = false;
  if (!client.held.empty()) return;
  if (client.close_stdin) input_.Close();
  client.close_stdin = false;
}

void Clients::Acknowledge(Client& client) {
  if (client.no_output || client.gone) client.unacknowledged = 0;
  if (client.unacknowledged == 0) return;
  // Half a window at a time, unless the client may be waiting for it.
  if (client.unacknowledged < kStdinWindow / 2 && !client.held.empty()) return;
  char bytes[4];
  PutLittle(bytes, client.unacknowledged, sizeof(bytes));
  Sent sent = SendMessage(client.socket.get(), kAcknowledge, bytes, sizeof(bytes));
  if (sent == Sent::kYes) client.unacknowledged = 0;
}

bool Clients::ReceiveOne(Client& client) {
  int fd = client.socket.get();
  if (!client.held.empty()) {
    // Look before taking: input that does not fit stays in the socket.
    char type = 0;
    ssize_t size = ::recv(fd, &type, 1, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT);
    bool fits = size > 0 && client.held.HasRoom(static_cast<size_t>(size) - 1);
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
      if (!client.held.empty()) {
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
  if (client.gone && !client.held.empty()) {
    // Gone, but the payload has not taken its last input yet.
    client.gone = false;
    client.hung_up = true;
    if (!client.no_output) StopOutput(client);
  }
}

void Clients::InputWritable() {
  for (size_t i = count_; i > 0; --i) {
    Client& client = *clients_[i - 1];
    if (client.held.empty()) continue;
    FlushHeld(client);
    Acknowledge(client);
    if (!client.held.empty()) return;
  }
}

bool Clients::wants_input_writable() const {
  for (size_t i = 0; i < count_; ++i) {
    if (!clients_[i]->held.empty()) return true;
  }
  return false;
}

}  // namespace bryo
