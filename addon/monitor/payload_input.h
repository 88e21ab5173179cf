// Input of the payload: bytes for its standard input, window size, signals.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>

#include "sys/fd.h"

namespace bryo {

class PayloadInput {
 public:
  // `terminal` is the pty master (borrowed) or -1, then `pipe` is used (may be invalid: no stdin).
  PayloadInput(pid_t payload, UniqueFd pipe, int terminal);

  // Writes what fits without waiting; the number of bytes taken. Once the payload no longer reads
  // (or never did) everything is taken and thrown away.
  size_t Write(const char* data, size_t size);

  // End of file: closes the pipe; on a terminal in line mode sends its end-of-file character.
  void Close();

  // Closes the pipe; leaves a terminal alone, which somebody may attach to again.
  void ClosePipe() { pipe_.reset(); }

  void SetWindowSize(uint16_t rows, uint16_t columns);

  // Does nothing once the payload has been reaped, when its pid may be another process's.
  void Signal(int number);
  // SIGKILL, also to the children that have stayed in its process group.
  void KillGroup();
  void PayloadEnded() { payload_ = -1; }
  void TerminalClosed() { terminal_ = -1; }

  // The descriptor to poll for writing, or -1 when writing never waits.
  int fd() const { return terminal_ >= 0 ? terminal_ : pipe_.get(); }

 private:
  pid_t payload_;
  UniqueFd pipe_;
  int terminal_;
  char last_ = '\n';
};

}  // namespace bryo
