// From the payload's output to its log and to the attached clients.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "monitor/clients.h"
#include "monitor/clock.h"
#include "monitor/monitor.h"
#include "monitor/output_log.h"
#include "monitor/payload_input.h"
#include "monitor/payload_output.h"

namespace bryo {

class OutputPump {
 public:
  // Takes the terminal or the pipes of the payload from `handles`.
  OutputPump(PayloadInput& input, Clients& clients, OutputLog& log, MonitorHandles& handles);

  void ListDescriptors(std::vector<int>& out) const;

  // Polling: the streams, of which each is to be polled while it can be read.
  std::span<const OutputStream> streams() const { return streams_; }
  bool CanRead(const OutputStream& stream) const;

  // A few rounds before the next poll: both streams in turn, so that neither starves the other.
  // False: nothing was there.
  bool Read();

  int64_t Deadline() const;
  void HandleDeadline(int64_t now);

  // Once the payload has ended and a stream is empty, all that it wrote has been read. Where
  // another process still holds the stream open, that one's output is taken for a moment more.
  void PayloadEnded();
  // No longer than what is there already.
  void HurryUp() { strays_until_ = 0; }
  // The payload has ended, and everything has been handed on.
  bool drained() const;

 private:
  bool ReadOne(OutputStream& stream);
  void CloseStream(OutputStream& stream);

  PayloadInput& input_;
  Clients& clients_;
  OutputLog& log_;
  OutputStream streams_[2];
  bool ended_ = false;
  int64_t strays_until_ = kNoDeadline;  // set when the payload has ended
  size_t read_after_end_ = 0;
};

}  // namespace bryo
