// The frames in which docker and podman send several streams over one connection.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bryo::api {

inline constexpr size_t kFrameHeader = 8;

enum class FrameStream : char { kStdout = 1, kStderr = 2 };

// The stream, three zeros, and the number of bytes that follow, big-endian.
inline void PutFrameHeader(char* at, FrameStream stream, size_t bytes) {
  at[0] = static_cast<char>(stream);
  at[1] = at[2] = at[3] = 0;
  for (int i = 0; i < 4; ++i) at[4 + i] = static_cast<char>(bytes >> (8 * (3 - i)));
}

}  // namespace bryo::api
