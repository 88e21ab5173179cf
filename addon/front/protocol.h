// Messages of a command to the front that it is a child of: one message of a SOCK_SEQPACKET socket
// each. src/native/front.ts is the other end.
#pragma once

#include <cstddef>

#include "sys/contract.gen.h"

namespace bryo {

// The variable kFrontVariable of the command's environment holds the socket's number. First words:
//
//   kStartingMessage  a payload is about to be started: signals are for it from now on. The command
//   ignores
//                     them.
//   kCommandMessage   the command stays after all, and has handlers of its own.
//   kAttachMessage    the front is to go on as the attach client. Its arguments follow
//   (attach/attach.h), each
//                     word ended by NUL; with `--fd` the connection comes with the message. Nothing
//                     more is to come of the command.
inline constexpr size_t kMaxFrontMessage = 16384;

}  // namespace bryo
