// The four barriers between the launcher's parent (P), the stage (S) and the payload's child (C),
// over one SOCK_SEQPACKET pair.
//
//   P                               S                             C
//   fork, exec sealed copy ───────► unshare user+mnt
//   ◄────────────── kMapMe ─────────┤
//   newuidmap, newgidmap
//   ├───────────────── kMapped ────► storage ops
//   ◄── kOpen step, kOpened place ─► what only the caller may reach (open_outside.h)
//                                   clone3 ─────────────────────► container ops …
//   ◄────────────── kChild pid ─────┤ exits                       │
//   ◄────────────────────────────────── kNetwork (its namespace) ─┤ when the host cannot see it
//   network helper                                                │
//   ◄────────────────────────────────── kPty (master) ────────────┤ with a terminal
//   ◄────────────────────────────────── kReady ───────────────────┤ at the barrier op
//   ├────────────────────────────────── kStart ──────────────────►│ drop, exec
//   ◄────────────────────────────────── kListener (seccomp) ──────┤ with notifications
//   ◄── kCreated: waits for `start` (an OCI runtime's create, `bryo init`)
//   ◄── kReleased: goes on (to a monitor only)
//   ◄── end of file: started ───────────────────────────── (close-on-exec)
//   ◄── kFailed step, errno, text from S or C at any point
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string_view>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

enum class SyncType : uint32_t {
  kMapMe = 1,
  kMapped,
  kChild,
  kPty,
  kReady,
  kStart,
  kFailed,
  kCreated,
  kListener,
  kReleased,
  kOpen,
  kOpened,
  kNetwork
};

inline constexpr uint32_t kNoStep = 0xffffffff;

struct SyncMessage {
  SyncType type;
  int32_t number;  // pid of kChild and kStart, errno of kFailed
  uint32_t step;   // index of the plan record of kFailed, or kNoStep
  char text[500];  // NUL-terminated detail of kFailed
};

// Sends a message, with a descriptor attached unless it is -1.
bool SendSync(int socket, const SyncMessage& message, int fd = -1);
bool SendSync(int socket, SyncType type, int32_t number = 0);
void SendFailure(int socket, uint32_t step, const Status& status);

// Receives one message; false at end of file or on error.
bool ReceiveSync(int socket, SyncMessage& message, UniqueFd* fd = nullptr);

}  // namespace bryo
