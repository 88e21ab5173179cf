// Users of the bridges have locks on the file "users" in their directory (fcntl(2), "Open file
// description locks"), which end with whoever has them.
#pragma once

#include <sys/types.h>

#include <string>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Offsets in the file. Every user shares the first byte's lock, from before it looks for a holder;
// whoever has the namespaces open, too, shares the second one's.
inline constexpr off_t kUserByte = 0;
inline constexpr off_t kSpaceByte = 1;
// A holder that begins has the third one's alone, until all is ready.
inline constexpr off_t kBeginByte = 2;

// A POSIX lock on the file "lock" there is the holder's: whoever asks learns its pid.

// Below are descriptors of a holder that have numbers of their own (holder.h).
inline constexpr int kFirstFreeFd = 16;

// The holder's pid; 0: there is none.
pid_t HolderOf(const std::string& directory);

class BridgeUsers {
 public:
  Status Open(const std::string& directory);

  // For a holder: false when there is one that begins.
  bool MarkBegin() const;
  void MarkReady() const;

  // Whether somebody has namespaces that an earlier holder made.
  bool HaveSpaces() const;

  // Waits until there are none, then for `grace` milliseconds; returns once there are still none,
  // from when on there will be no more: they wait for this process to end.
  void AwaitLast(unsigned grace) const;

 private:
  UniqueFd file_;
};

}  // namespace bryo
