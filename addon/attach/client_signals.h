// The signals an attach client reads from a descriptor instead of being interrupted by them.
#pragma once

#include "sys/fd.h"

namespace bryo {

class ClientSignals {
 public:
  // Takes every signal that can be passed on, and those about the terminal. A signal that the
  // caller had ignored (nohup) stays ignored.
  bool Open();

  struct Received {
    int number;          // 0: there is none
    bool from_terminal;  // sent by the kernel to all of its foreground processes
  };
  Received Next() const;

  // Ends this process by the signal's own action; returns when that is not to end it.
  static void Die(int number);

  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace bryo
