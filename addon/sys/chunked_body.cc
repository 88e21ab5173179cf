#include "sys/chunked_body.h"

#include <algorithm>

namespace bryo {
namespace {

// Bytes of a chunk's first line, and of all trailers.
constexpr size_t kMaxLine = 4096;
constexpr size_t kMaxDigits = 13;

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool IsText(char c) {
  auto byte = static_cast<unsigned char>(c);
  return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

}  // namespace

ChunkedBody::Next ChunkedBody::TakeLine(std::string_view& bytes, size_t limit) {
  while (!bytes.empty()) {
    // The end of a line may come in two pieces.
    size_t end = bytes.find('\n');
    size_t count = end == bytes.npos ? bytes.size() : end + 1;
    if (line_.size() + count > limit + 2) {
      // Too long, unless the line ends within the limit.
      count = std::min(count, limit + 2 - line_.size());
      line_.append(bytes.substr(0, count));
      if (!line_.ends_with("\r\n")) return Next::kBad;
    } else {
      line_.append(bytes.substr(0, count));
    }
    bytes.remove_prefix(count);
    if (line_.ends_with("\r\n")) {
      line_.resize(line_.size() - 2);
      return Next::kData;
    }
  }
  return Next::kMore;
}

// The line is a size in hexadecimal digits, and perhaps extensions, which mean nothing here.
bool ChunkedBody::ReadSize() {
  size_t digits = 0;
  left_ = 0;
  while (digits < line_.size() && HexDigit(line_[digits]) >= 0) {
    if (digits == kMaxDigits) return false;
    left_ = left_ * 16 + static_cast<uint64_t>(HexDigit(line_[digits++]));
  }
  if (digits == 0) return false;
  if (digits == line_.size()) return true;
  size_t semicolon = line_.find_first_not_of(" \t", digits);
  if (semicolon == line_.npos || line_[semicolon] != ';') return false;
  return std::all_of(line_.begin() + static_cast<ptrdiff_t>(semicolon), line_.end(), IsText);
}

ChunkedBody::Next ChunkedBody::Take(std::string_view& bytes, std::string_view& data) {
  for (;;) {
    if (state_ == State::kData) {
      if (bytes.empty()) return Next::kMore;
      data = bytes.substr(0, std::min<uint64_t>(left_, bytes.size()));
      bytes.remove_prefix(data.size());
      left_ -= data.size();
      if (left_ == 0) state_ = State::kDataEnd;
      return Next::kData;
    }
    size_t limit = state_ == State::kSize ? kMaxLine : 0;
    if (state_ == State::kTrailers) limit = kMaxLine - trailers_;
    Next next = TakeLine(bytes, limit);
    if (next != Next::kData) return next;
    bool is_empty = line_.empty();
    if (state_ == State::kSize) {
      if (!ReadSize()) return Next::kBad;
      state_ = left_ == 0 ? State::kTrailers : State::kData;
    } else if (state_ == State::kDataEnd) {
      if (!is_empty) return Next::kBad;
      state_ = State::kSize;
    } else if (is_empty) {
      return Next::kEnd;
    } else {
      trailers_ += line_.size();
    }
    line_.clear();
  }
}

}  // namespace bryo
