// The head of a request (RFC 9112), as far as the acceptor has to know it: where it ends, and how
// the body is sent. All else is the worker's, which reads it once more.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace bryo::api {

inline constexpr size_t kMaxHead = 65536;

struct Head {
  size_t size = 0;      // bytes, up to the body
  uint64_t length = 0;  // of the body; 0 when it is chunked
  bool chunked = false;
  bool expects_continue = false;
  std::string_view method;  // both within the bytes that were read
  std::string_view target;
};

enum class HeadResult {
  kIncomplete,
  kComplete,
  kTooLarge,     // 431
  kMalformed,    // 400
  kVersion,      // 505: neither HTTP/1.0 nor HTTP/1.1
  kEncoding,     // 501: a transfer encoding other than chunked
  kExpectation,  // 417
};

// Reads a head at the beginning of `bytes`, from where the last call with fewer bytes has come to:
// `scanned` is 0 at first. Refuses what readers understand differently: bare line feeds, folded
// lines, spaces before a colon, two lengths, a length beside an encoding.
HeadResult ReadHead(std::string_view bytes, size_t& scanned, Head& out);

}  // namespace bryo::api
