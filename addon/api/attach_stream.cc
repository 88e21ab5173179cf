#include "api/attach_stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "api/frame.h"
#include "monitor/protocol.h"

namespace bryo::api {
namespace {

constexpr size_t kInputRead = 16384;
// Of each side before the others have their turn.
constexpr int kAtOnce = 32;
char g_message[1 + kMaxMessage];

}  // namespace

bool AttachStream::Begin() {
  if (!keys_.Parse(flags_.detach_keys)) return false;
  interest_ = EPOLLIN;
  if (!loop_.Watch(monitor_.fd(), interest_, *this)) return false;
  const std::string early = std::exchange(client_.input(), {});
  if (!early.empty()) TakeBytes(early);
  SendInput();
  Settle();
  return true;
}

void AttachStream::Stop() { loop_.Forget(monitor_.fd()); }

void AttachStream::OnClient(uint32_t events) {
  if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
    client_.Close();
    return;
  }
  if ((events & EPOLLOUT) != 0) {
    broken_ = client_.outgoing().Flush(client_.fd()) == Outgoing::Result::kBroken;
  }
  if ((events & EPOLLIN) != 0) ReadInput();
  Settle();
}

void AttachStream::OnEvents(uint32_t events) {
  if ((events & EPOLLOUT) != 0) {
    monitor_.FlushControl();
    SendInput();
  }
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) Receive();
  Settle();
}

// The events that are watched next follow from what there is to move; without anything left, the
// end.
void AttachStream::Settle() {
  bool sending = !client_.outgoing().empty();
  if (ended_ && flags_.websocket && !said_close_) {
    SendClose();
    sending = !client_.outgoing().empty();
  }
  if (broken_) {
    client_.Close();
    return;
  }
  if (ended_ && !sending) {
    client_.Linger();
    return;
  }
  bool room = input_open_ && input_.size() < kInputRead && monitor_.credit() > 0;
  uint32_t of_client = sending ? uint32_t{EPOLLOUT} : 0;
  if (room && !ended_) of_client |= EPOLLIN;
  client_.SetInterest(of_client);
  uint32_t wanted = sending || ended_ ? 0 : uint32_t{EPOLLIN};
  bool waits = (!input_.empty() && monitor_.credit() > 0) || monitor_.control_waits();
  if (waits && !ended_) wanted |= EPOLLOUT;
  // A monitor that has gone is told of always: nothing more is asked of it then.
  if (wanted == 0) wanted = EPOLLET;
  if (wanted == interest_) return;
  interest_ = wanted;
  loop_.Change(monitor_.fd(), wanted, *this);
}

// --- input ------------------------------------------------------------------------------------

void AttachStream::ReadInput() {
  char buffer[kInputRead];
  ssize_t n = ::recv(client_.fd(), buffer, sizeof(buffer), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n < 0) {
    broken_ = true;
    return;
  }
  if (n == 0) {
    EndInput();
  } else {
    TakeBytes({buffer, static_cast<size_t>(n)});
  }
  SendInput();
}

void AttachStream::TakeBytes(std::string_view bytes) {
  if (!flags_.websocket) {
    TakeInput(bytes.data(), bytes.size());
    return;
  }
  std::string payload;
  std::string pong;
  WebsocketReader::Result result = websocket_.Read(bytes, payload, pong);
  if (!payload.empty()) TakeInput(payload.data(), payload.size());
  // A client that reads nothing gets no answers to its pings, either.
  if (!pong.empty() && client_.outgoing().empty()) {
    broken_ = client_.outgoing().Send(client_.fd(), pong, {}) == Outgoing::Result::kBroken;
  }
  if (result == WebsocketReader::Result::kMore) return;
  if (result == WebsocketReader::Result::kBroken) close_reason_ = kWebsocketProtocolError;
  // Standard input ends with the connection, as it does where a client has ended its half.
  EndInput();
  detaching_ = true;
}

void AttachStream::TakeInput(const char* bytes, size_t size) {
  if (!flags_.stdin) return;
  if (!keys_.Filter(bytes, size, input_)) return;
  detaching_ = true;
  input_open_ = false;
}

void AttachStream::EndInput() {
  input_open_ = false;
  closes_input_ = flags_.stdin;
}

void AttachStream::SendInput() {
  while (!input_.empty() && monitor_.credit() > 0) {
    std::string piece = input_.substr(0, std::min(monitor_.credit(), kInputRead));
    if (!monitor_.SendInput(piece)) return;
    input_.erase(0, piece.size());
  }
  if (!input_.empty()) return;
  if (std::exchange(closes_input_, false)) monitor_.SendClose();
  if (detaching_) ended_ = true;
}

// --- output -----------------------------------------------------------------------------------

void AttachStream::Receive() {
  for (int i = 0; i < kAtOnce && client_.outgoing().empty() && !ended_ && !broken_; ++i) {
    long size = monitor_.Receive(g_message, sizeof(g_message));
    if (size == 0) return;
    if (size < 0) {
      ended_ = true;
      return;
    }
    if (!HandleMessage(g_message, static_cast<size_t>(size))) return;
  }
}

bool AttachStream::HandleMessage(const char* message, size_t size) {
  switch (message[0]) {
    case kStdout:
      return !flags_.show_stdout || SendOutput(kStdout, message + 1, size - 1);
    case kStderr:
      return !flags_.show_stderr || SendOutput(kStderr, message + 1, size - 1);
    case kAcknowledge:
      if (size == 5) monitor_.AddCredit(GetLittle(message + 1, 4));
      SendInput();
      return true;
    case kExit:
    case kDropped:
      ended_ = true;
      return false;
    default:
      return true;
  }
}

bool AttachStream::SendOutput(char type, const char* bytes, size_t size) {
  char header[std::max(kFrameHeader, kMostWebsocketHeader)];
  size_t of_header = 0;
  if (flags_.websocket) {
    of_header = PutWebsocketHeader(header, WebsocketOpcode::kBinary, size);
  } else if (flags_.framed) {
    PutFrameHeader(header, type == kStderr ? FrameStream::kStderr : FrameStream::kStdout, size);
    of_header = kFrameHeader;
  }
  std::string_view before(header, of_header);
  Outgoing::Result result = client_.outgoing().Send(client_.fd(), before, {bytes, size});
  broken_ = result == Outgoing::Result::kBroken;
  return result == Outgoing::Result::kDone;
}

void AttachStream::SendClose() {
  said_close_ = true;
  Outgoing::Result result =
      client_.outgoing().Send(client_.fd(), WebsocketClose(close_reason_), {});
  broken_ = result == Outgoing::Result::kBroken;
}

}  // namespace bryo::api
