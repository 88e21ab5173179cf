#include "sys/pass_body.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>

#include "sys/chunked_body.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kAtOnce = 262144;
// Before a chunk: its size in hexadecimal digits, and the end of the line.
constexpr size_t kSizeLine = 16;

ssize_t ReadSome(int fd, char* bytes, size_t size) {
  ssize_t n;
  do {
    n = ::read(fd, bytes, size);
  } while (n < 0 && errno == EINTR);
  return n;
}

Passed FailedWrite() {
  int error = errno;
  bool refused = error == EPIPE || error == ECONNRESET || error == EAGAIN;
  return {refused ? PassEnd::kRefused : PassEnd::kFailed, error, {}};
}

Passed FailedRead(ssize_t n) {
  int error = n < 0 ? errno : 0;
  if (n == 0 || error == ECONNRESET) return {PassEnd::kCut, error, {}};
  return {error == EAGAIN ? PassEnd::kSlow : PassEnd::kFailed, error, {}};
}

// A body whose length is known.
class KnownBody {
 public:
  explicit KnownBody(int64_t length) : left_(static_cast<uint64_t>(length)) {}

  ChunkedBody::Next Take(std::string_view& bytes, std::string_view& data) {
    if (left_ == 0) return ChunkedBody::Next::kEnd;
    if (bytes.empty()) return ChunkedBody::Next::kMore;
    data = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
    bytes.remove_prefix(data.size());
    left_ -= data.size();
    return ChunkedBody::Next::kData;
  }

 private:
  uint64_t left_;
};

template <typename Body>
Passed PassAll(int connection, int output, std::string_view early, Body body) {
  auto buffer = std::make_unique_for_overwrite<char[]>(kAtOnce);
  std::string_view bytes = early;
  for (;;) {
    std::string_view data;
    switch (body.Take(bytes, data)) {
      case ChunkedBody::Next::kData:
        if (!WriteFull(output, data.data(), data.size())) return FailedWrite();
        break;
      case ChunkedBody::Next::kEnd:
        return {PassEnd::kWhole, 0, std::string(bytes)};
      case ChunkedBody::Next::kBad:
        return {PassEnd::kBad, 0, {}};
      case ChunkedBody::Next::kMore: {
        ssize_t n = ReadSome(connection, buffer.get(), kAtOnce);
        if (n <= 0) return FailedRead(n);
        bytes = {buffer.get(), static_cast<size_t>(n)};
      }
    }
  }
}

}  // namespace

Passed PassBody(int connection, int output, std::string_view early, int64_t length) {
  WidenPipe(output);
  if (length == kChunkedLength) return PassAll(connection, output, early, ChunkedBody());
  return PassAll(connection, output, early, KnownBody(length));
}

Passed PassToConnection(int input, int connection, bool chunked) {
  WidenPipe(input);
  auto buffer = std::make_unique_for_overwrite<char[]>(kSizeLine + kAtOnce + 2);
  char* content = buffer.get() + kSizeLine;
  for (;;) {
    ssize_t n = ReadSome(input, content, kAtOnce);
    if (n == 0) return {};
    if (n < 0) return {PassEnd::kFailed, errno, {}};
    char* begin = content;
    auto size = static_cast<size_t>(n);
    if (chunked) {
      char line[kSizeLine];
      auto length = static_cast<size_t>(std::snprintf(line, sizeof(line), "%zx\r\n", size));
      begin -= length;
      std::copy_n(line, length, begin);
      content[size] = '\r';
      content[size + 1] = '\n';
      size += length + 2;
    }
    if (!WriteFull(connection, begin, size)) return FailedWrite();
  }
}

}  // namespace bryo
