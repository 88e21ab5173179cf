// The body of an HTTP/1.1 message that comes in chunks (RFC 9112, section 7.1), read as strictly as
// src/api/http/body.ts does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bryo {

class ChunkedBody {
 public:
  enum class Next {
    kMore,  // all bytes are taken, and the body goes on
    kData,
    kEnd,
    kBad,
  };

  // Takes the next piece of `bytes` off. With kData `data` is the part of them that is content;
  // after kEnd what is left of `bytes` is none of the body's.
  Next Take(std::string_view& bytes, std::string_view& data);

 private:
  enum class State { kSize, kData, kDataEnd, kTrailers };

  // Takes bytes up to the end of a line, of at most so many before that. kData: `line_` is whole.
  Next TakeLine(std::string_view& bytes, size_t limit);
  bool ReadSize();

  State state_ = State::kSize;
  std::string line_;
  uint64_t left_ = 0;  // of the chunk
  size_t trailers_ = 0;
};

}  // namespace bryo
