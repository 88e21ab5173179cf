#include "api/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "api/answer.h"

namespace bryo::api {
namespace {

constexpr size_t kRead = 16384;
constexpr int64_t kLingerTime = 2000 * kMillisecond;

}  // namespace

bool Connection::Begin() {
  interest_ = EPOLLIN;
  SetDeadline(MonotonicNow() + kHeadTime);
  return host_.loop().Watch(socket_.get(), interest_, *this);
}

bool Connection::SetInterest(uint32_t events) {
  if (events == interest_) return true;
  interest_ = events;
  return host_.loop().Change(socket_.get(), events, *this);
}

void Connection::SetDeadline(int64_t deadline) {
  deadline_ = deadline;
  if (deadline != kNoDeadline) host_.ExpectBy(deadline);
}

void Connection::OnEvents(uint32_t events) {
  switch (state_) {
    case State::kReading:
      Read();
      break;
    case State::kQueued:
      if ((events & (EPOLLHUP | EPOLLERR)) != 0) {
        host_.Withdraw(*this);
        Close();
      } else {
        SetInterest(kQuiet);
      }
      break;
    case State::kServed:
      SetInterest(kQuiet);
      break;
    case State::kAnswering:
      FlushAnswer();
      break;
    case State::kStreaming:
      stream_->OnClient(events);
      break;
    case State::kLingering:
      AwaitEnd();
      break;
  }
}

// --- requests ---------------------------------------------------------------------------------

void Connection::Read() {
  char buffer[kRead];
  ssize_t n = ::recv(socket_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
  if (n <= 0) {
    // Half a request is no request.
    if (n == 0 && !input_.empty()) {
      Refuse(ErrorAnswer(400, "the request ends before it is complete"));
    } else {
      Close();
    }
    return;
  }
  if (input_.empty()) SetDeadline(MonotonicNow() + kHeadTime);
  input_.append(buffer, static_cast<size_t>(n));
  Examine();
}

void Connection::Examine() {
  if (request_size_ != 0) {
    ExamineBody();
    return;
  }
  Head head;
  HeadResult result = ReadHead(input_, scanned_, head);
  if (result == HeadResult::kIncomplete) {
    SetInterest(EPOLLIN);
    return;
  }
  if (result != HeadResult::kComplete) {
    Refuse(RefusalOf(result));
    return;
  }
  method_ = head.method;
  target_ = head.target;
  whole_ = !head.chunked && head.length <= kMaxHeldBody;
  continued_ = !head.expects_continue || !whole_;
  request_size_ = head.size + (whole_ ? static_cast<size_t>(head.length) : 0);
  ExamineBody();
}

void Connection::ExamineBody() {
  if (whole_ && input_.size() < request_size_) {
    if (!std::exchange(continued_, true)) {
      ::send(socket_.get(), kContinueAnswer.data(), kContinueAnswer.size(),
             MSG_DONTWAIT | MSG_NOSIGNAL);
    }
    SetInterest(EPOLLIN);
    return;
  }
  SetDeadline(kNoDeadline);
  begun_ = is_again_ = false;
  state_ = State::kQueued;
  host_.Serve(*this);
}

std::string_view Connection::request() const {
  return whole_ ? std::string_view(input_).substr(0, request_size_) : std::string_view(input_);
}

void Connection::Refuse(const std::string& answer) {
  input_.clear();
  StartAnswer(answer, false);
}

void Connection::Expire() {
  SetDeadline(kNoDeadline);
  switch (state_) {
    case State::kReading:
      if (input_.empty()) {
        Close();
      } else {
        Refuse(ErrorAnswer(408, "the request took too long to come"));
      }
      break;
    case State::kAnswering:
    case State::kLingering:
      Close();
      break;
    case State::kStreaming:
      stream_->OnDeadline();
      break;
    default:
      break;
  }
}

// --- ends -------------------------------------------------------------------------------------

void Connection::Close() {
  if (std::exchange(ended_, true)) return;
  host_.loop().Forget(socket_.get());
  EndStream();
  host_.End(*this);
}

// Bytes that the client still sends must not make its system throw away what it has not read: its
// end is waited for.
void Connection::Linger() {
  EndStream();
  state_ = State::kLingering;
  ::shutdown(socket_.get(), SHUT_WR);
  SetDeadline(MonotonicNow() + kLingerTime);
  SetInterest(EPOLLIN);
  AwaitEnd();
}

void Connection::AwaitEnd() {
  char rest[kRead];
  for (int i = 0; i < 16; ++i) {
    ssize_t n = ::recv(socket_.get(), rest, sizeof(rest), MSG_DONTWAIT);
    if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (n <= 0) {
      Close();
      return;
    }
  }
}

void Connection::Finish() {
  if (state_ == State::kReading || state_ == State::kStreaming) Close();
}

}  // namespace bryo::api
