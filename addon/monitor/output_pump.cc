#include "monitor/output_pump.h"

#include <algorithm>
#include <ctime>
#include <utility>

namespace bryo {
namespace {

constexpr size_t kReadSize = 65536;
char g_read[kReadSize];

constexpr int64_t kStrayGrace = 100 * kMillisecond;
// No stream holds more than this that the payload itself wrote.
constexpr size_t kStreamCapacity = 1048576;

}  // namespace

OutputPump::OutputPump(PayloadInput& input, Clients& clients, OutputLog& log,
                       MonitorHandles& handles)
    : input_(input), clients_(clients), log_(log) {
  TakeOutputs(streams_, std::move(handles.pty_master), std::move(handles.stdout_fd),
              std::move(handles.stderr_fd));
}

void OutputPump::ListDescriptors(std::vector<int>& out) const {
  for (const OutputStream& stream : streams_) out.push_back(stream.fd());
}

bool OutputPump::CanRead(const OutputStream& stream) const {
  return stream.open() && !clients_.busy() && stream.retry_at() == kNoDeadline;
}

int64_t OutputPump::Deadline() const {
  if (clients_.busy()) return kNoDeadline;
  return std::min({streams_[0].retry_at(), streams_[1].retry_at(), strays_until_});
}

void OutputPump::HandleDeadline(int64_t now) {
  for (OutputStream& stream : streams_) {
    if (now >= stream.retry_at()) stream.RetryNow();
  }
}

void OutputPump::PayloadEnded() {
  ended_ = true;
  strays_until_ = MonotonicNow() + kStrayGrace;
  for (OutputStream& stream : streams_) stream.RetryNow();
}

bool OutputPump::drained() const {
  return ended_ && !streams_[0].open() && !streams_[1].open() && !clients_.busy();
}

void OutputPump::CloseStream(OutputStream& stream) {
  if (stream.fd() == input_.fd()) input_.TerminalClosed();
  stream.Close();
}

bool OutputPump::ReadOne(OutputStream& stream) {
  if (!CanRead(stream)) return false;
  size_t size = 0;
  OutputStream::Result result = stream.Read(g_read, kReadSize, !ended_, size);
  bool overdue = ended_ && MonotonicNow() >= strays_until_;
  if (result == OutputStream::Result::kEnd ||
      (overdue &&
       (result == OutputStream::Result::kNothing || read_after_end_ > kStreamCapacity))) {
    CloseStream(stream);
    return false;
  }
  if (result == OutputStream::Result::kNothing) return false;
  if (ended_) read_after_end_ += size;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  log_.Write(stream.name(), g_read, size, now);
  clients_.Send(stream.type(), g_read, size);
  return true;
}

bool OutputPump::Read() {
  bool any = false;
  for (int round = 0; round < 4; ++round) {
    bool first = ReadOne(streams_[0]);
    bool second = ReadOne(streams_[1]);
    if (!first && !second) break;
    any = true;
  }
  return any;
}

}  // namespace bryo
