// Messages to an attached client (protocol.h), which never wait.
#pragma once

#include <cstddef>

#include "sys/fd.h"

namespace bryo {

enum class Sent { kYes, kWouldBlock, kBroken };

// Room in the socket's send buffer for a few full messages; the rest of what the kernel allows is
// kept back for the last message, which must fit however slowly a client reads.
void LimitSendBuffer(int fd);

Sent SendMessage(int fd, char type, const char* data, size_t size);
void SendLast(int fd, char type, const char* data, size_t size);

}  // namespace bryo
