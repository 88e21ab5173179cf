// Connections: answers, and the streams that come after them.
#include <sys/socket.h>

#include <utility>

#include "api/answer.h"
#include "api/connection.h"

namespace bryo::api {
namespace {

// Until a client sends its next request.
constexpr int64_t kIdleTime = 600'000 * kMillisecond;
// Until a client has read something more of an answer.
constexpr int64_t kAnswerTime = 120'000 * kMillisecond;

}  // namespace

// --- answers ----------------------------------------------------------------------------------

void Connection::Keep(std::string_view beyond, std::string_view answer) {
  // The worker had all that was read of a request that is not whole.
  input_.erase(0, whole_ ? request_size_ : input_.size());
  input_.insert(0, beyond);
  StartAnswer(answer, true);
}

void Connection::CloseAfter(std::string_view answer) { StartAnswer(answer, false); }

void Connection::Fail(int status, std::string_view text) {
  if (begun_ || is_again_) {
    Close();
  } else {
    Refuse(ErrorAnswer(status, text));
  }
}

void Connection::StartAnswer(std::string_view answer, bool keep) {
  keep_ = keep && !host_.is_ending();
  state_ = State::kAnswering;
  switch (outgoing_.Send(socket_.get(), {}, answer)) {
    case Outgoing::Result::kDone:
      Answered();
      break;
    case Outgoing::Result::kWaits:
      SetInterest(EPOLLOUT);
      SetDeadline(MonotonicNow() + kAnswerTime);
      break;
    case Outgoing::Result::kBroken:
      Close();
      break;
  }
}

void Connection::FlushAnswer() {
  size_t before = outgoing_.size();
  Outgoing::Result result = outgoing_.Flush(socket_.get());
  if (result == Outgoing::Result::kBroken) {
    Close();
  } else if (result == Outgoing::Result::kDone) {
    Answered();
  } else if (outgoing_.size() < before) {
    SetDeadline(MonotonicNow() + kAnswerTime);
  }
}

void Connection::Answered() {
  SetDeadline(kNoDeadline);
  if (next_ != nullptr) {
    state_ = State::kStreaming;
    stream_ = std::move(next_);
    if (!stream_->Begin()) Close();
    return;
  }
  if (!keep_) {
    Linger();
    return;
  }
  state_ = State::kReading;
  request_size_ = scanned_ = 0;
  again_ = {};
  if (input_.empty()) {
    input_.shrink_to_fit();
    SetDeadline(MonotonicNow() + kIdleTime);
    SetInterest(EPOLLIN);
    return;
  }
  SetDeadline(MonotonicNow() + kHeadTime);
  Examine();
}

// --- streams ----------------------------------------------------------------------------------

void Connection::Carry(std::unique_ptr<Stream> stream, std::string_view answer,
                       std::string_view early) {
  if (!stream->KeepsRequest()) {
    input_.erase(0, whole_ ? request_size_ : input_.size());
    input_.insert(0, early);
    request_size_ = 0;
  }
  begun_ = true;
  next_ = std::move(stream);
  StartAnswer(answer, true);
}

// The stream may be at work, and events of this round may be for it.
void Connection::EndStream() {
  if (stream_ == nullptr) return;
  stream_->Stop();
  host_.loop().Bury(std::move(stream_));
}

void Connection::ServeAgain(Again again) {
  SetDeadline(kNoDeadline);
  SetInterest(kQuiet);
  again_ = std::move(again);
  is_again_ = true;
  state_ = State::kQueued;
  EndStream();
  host_.Serve(*this);
}

}  // namespace bryo::api
