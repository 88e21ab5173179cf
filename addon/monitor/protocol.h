// The attach protocol: what a monitor and an attach client say to each other.
//
// AF_UNIX SOCK_SEQPACKET; one message is a type byte and at most kMaxMessage bytes; numbers are
// little-endian.
//
//   client -> monitor                        monitor -> client
//   I bytes   standard input                 O bytes  standard output, or the terminal's
//   C         close standard input           E bytes  standard error
//   W u16 u16 terminal rows, columns         K u32    this many bytes of I reached the payload
//   S u32     send this signal               D        you read too slowly; the connection ends
//                                            X i32    exit code, the last message
//
// K is flow control: a client that keeps at most kStdinWindow bytes unacknowledged never blocks its
// own signals behind input that the payload does not read. A client may ignore K; the monitor then
// leaves its messages in the socket until there is room.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bryo {

inline constexpr size_t kMaxMessage = 32768;
inline constexpr size_t kStdinWindow = 32768;

enum Message : char {
  kStdin = 'I',
  kCloseStdin = 'C',
  kWindowSize = 'W',
  kSignal = 'S',
  kStdout = 'O',
  kStderr = 'E',
  kAcknowledge = 'K',
  kDropped = 'D',
  kExit = 'X',
};

inline void PutLittle(char* at, uint32_t value, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) at[i] = static_cast<char>(value >> (8 * i));
}

inline uint32_t GetLittle(const char* at, size_t bytes) {
  uint32_t value = 0;
  for (size_t i = 0; i < bytes; ++i) {
    value |= static_cast<uint32_t>(static_cast<unsigned char>(at[i])) << (8 * i);
  }
  return value;
}

}  // namespace bryo
