// What a command says to the front that it is a child of: one message of a SOCK_SEQPACKET socket
// each. src/native/front.ts is the other end.
#pragma once

#include <cstddef>

namespace bryo {

// The variable of the command's environment that holds the socket's number.
inline constexpr char kFrontVariable[] = "BRYO_FRONT";

// A payload is about to be started: signals are for it from now on. The command ignores them.
inline constexpr char kStartingMessage[] = "starting";

// The command stays after all, and has handlers of its own.
inline constexpr char kCommandMessage[] = "command";

// The front is to go on as the attach client. Its arguments follow (attach/attach.h), each word ended
// by NUL; with `--fd` the connection comes with the message. Nothing more is to come of the command.
inline constexpr char kAttachMessage[] = "attach";

inline constexpr size_t kMaxFrontMessage = 16384;

}  // namespace bryo
