// Rights and memory that the monitor gives up once the payload runs.
#pragma once

#include <vector>

namespace bryo {

// Opens /dev/null where 0, 1 or 2 are closed, so that nothing else gets these numbers.
void OccupyStandardStreams();

// Names the process, makes it non-dumpable, drops capabilities and the hold on the caller's
// terminal, directory and descriptors: only `keep` stays open, 0 to 2 become /dev/null.
// None of `keep` may be below 3.
void ProtectMonitor(std::vector<int> keep, bool no_new_privs);

// Gives back what starting the payload took: heap pages, and the program's own pages, of which the
// waiting monitor needs few and reads those again from the page cache.
void ReleaseStartupMemory();

// Says when a process that waits for events has nothing to do and may give memory back once more:
// after a second without any.
class Quiet {
 public:
  // For how long to wait, in milliseconds, where `timeout` (-1: for ever) would be waited else.
  int Timeout(int timeout) const {
    constexpr int kQuiet = 1000;
    return is_released_ || (timeout >= 0 && timeout < kQuiet) ? timeout : kQuiet;
  }
  // To be told whether anything has happened by then.
  void Waited(bool happened) {
    if (!happened && !is_released_) ReleaseStartupMemory();
    is_released_ = !happened;
  }

 private:
  bool is_released_ = false;
};

// Blocks every signal the monitor reads from a descriptor, and returns that descriptor (-1: error).
int MakeSignalDescriptor();

}  // namespace bryo
