// The signals an attach client reads from a descriptor instead of being interrupted by them.
#pragma once

#include <signal.h>

#include "sys/fd.h"

namespace bryo {

class ClientSignals {
 public:
  // Takes every signal that can be passed on, and those about the terminal: also those that the
  // caller had ignored, as nohup and the background jobs of scripts have them. A payload gets
  // these, and this process does not end by them.
  bool Open();

  struct Received {
    int number;          // 0: there is none
    bool from_terminal;  // sent by the kernel to all of its foreground processes
  };
  Received Next() const;

  // Ends this process by the signal's own action; returns when that is not to end it.
  void Die(int number) const;

  // Whether the caller had it ignored: it is for the payload alone.
  bool WasIgnored(int number) const { return sigismember(&ignored_, number) == 1; }

  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
  sigset_t ignored_{};
};

}  // namespace bryo
