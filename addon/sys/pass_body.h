// Bodies of messages between a connection and a pipe, with blocking reads and writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bryo {

// How the passing of a body has ended.
enum class PassEnd {
  kWhole,
  kCut,      // who sends it has left
  kBad,      // it is not well-formed
  kSlow,     // nothing came within the time that the socket allows (SO_RCVTIMEO)
  kRefused,  // who gets it reads no more
  kFailed,   // errno tells
};

struct Passed {
  PassEnd end = PassEnd::kWhole;
  int error = 0;
  std::string rest;  // what was read beyond the body
};

// The length of a body that comes in chunks, which nobody knows beforehand.
inline constexpr int64_t kChunkedLength = -1;

// Passes the body of a message on that comes from a connection, of which `early` has been read
// already.
Passed PassBody(int connection, int output, std::string_view early, int64_t length);

// Passes all that comes from a pipe on to a connection, in chunks or as it is. The last chunk is
// for the caller to write.
Passed PassToConnection(int input, int connection, bool chunked);

}  // namespace bryo
