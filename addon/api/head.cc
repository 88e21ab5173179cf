#include "api/head.h"

#include <algorithm>
#include <charconv>

namespace bryo::api {
namespace {

constexpr std::string_view kLineEnd = "\r\n";
constexpr std::string_view kHeadEnd = "\r\n\r\n";

char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualWords(std::string_view text, std::string_view lower) {
  return std::equal(text.begin(), text.end(), lower.begin(), lower.end(),
                    [](char a, char b) { return Lower(a) == b; });
}

// RFC 9110, 5.6.2.
bool IsTokenCharacter(char c) {
  constexpr std::string_view kSigns = "!#$%&'*+-.^_`|~";
  return (c >= '0' && c <= '9') || (Lower(c) >= 'a' && Lower(c) <= 'z') ||
         kSigns.find(c) != kSigns.npos;
}

bool IsToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

bool IsVisible(char c) { return c > ' ' && c != '\x7f'; }

// Bytes above 0x7f are allowed there, and tabs.
bool IsValueCharacter(char c) {
  auto byte = static_cast<unsigned char>(c);
  return byte == '\t' || (byte >= ' ' && byte != 0x7f);
}

std::string_view Trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t";
  size_t first = text.find_first_not_of(kSpace);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(kSpace) + 1 - first);
}

std::string_view TakeLine(std::string_view& rest) {
  size_t end = rest.find(kLineEnd);
  std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(rest.size(), line.size() + kLineEnd.size()));
  return line;
}

HeadResult ReadRequestLine(std::string_view line, Head& out) {
  size_t first = line.find(' ');
  size_t last = line.rfind(' ');
  if (first == line.npos || first == last) return HeadResult::kMalformed;
  out.method = line.substr(0, first);
  out.target = line.substr(first + 1, last - first - 1);
  std::string_view version = line.substr(last + 1);
  bool sound = IsToken(out.method) && !out.target.empty() &&
               std::all_of(out.target.begin(), out.target.end(), IsVisible);
  if (!sound || !version.starts_with("HTTP/")) return HeadResult::kMalformed;
  bool known = version == "HTTP/1.1" || version == "HTTP/1.0";
  return known ? HeadResult::kComplete : HeadResult::kVersion;
}

// Things that the lines have said so far.
struct Fields {
  bool has_length = false;
  bool has_encoding = false;
};

HeadResult ReadLength(std::string_view value, Fields& fields, Head& out) {
  uint64_t length = 0;
  auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), length);
  bool sound = error == std::errc() && end == value.data() + value.size();
  if (!sound || (fields.has_length && length != out.length)) return HeadResult::kMalformed;
  fields.has_length = true;
  out.length = length;
  return HeadResult::kComplete;
}

HeadResult ReadField(std::string_view line, Fields& fields, Head& out) {
  size_t colon = line.find(':');
  if (colon == line.npos || !IsToken(line.substr(0, colon))) return HeadResult::kMalformed;
  std::string_view name = line.substr(0, colon);
  std::string_view value = Trim(line.substr(colon + 1));
  if (!std::all_of(value.begin(), value.end(), IsValueCharacter)) return HeadResult::kMalformed;
  if (EqualWords(name, "content-length")) return ReadLength(value, fields, out);
  if (EqualWords(name, "transfer-encoding")) {
    if (fields.has_encoding || !EqualWords(value, "chunked")) return HeadResult::kEncoding;
    fields.has_encoding = out.chunked = true;
  } else if (EqualWords(name, "expect")) {
    if (!EqualWords(value, "100-continue")) return HeadResult::kExpectation;
    out.expects_continue = true;
  }
  return HeadResult::kComplete;
}

HeadResult ReadLines(std::string_view head, Head& out) {
  HeadResult result = ReadRequestLine(TakeLine(head), out);
  Fields fields;
  while (result == HeadResult::kComplete && !head.empty()) {
    result = ReadField(TakeLine(head), fields, out);
  }
  if (result == HeadResult::kComplete && fields.has_length && fields.has_encoding) {
    return HeadResult::kMalformed;
  }
  return result;
}

// A line feed that ends no line, or a carriage return before something else.
bool HasBareEnd(std::string_view text) {
  for (size_t at = text.find_first_of(kLineEnd); at != text.npos;
       at = text.find_first_of(kLineEnd, at + 2)) {
    if (at + 1 < text.size() && text.substr(at, 2) != kLineEnd) return true;
    if (at + 1 == text.size() && text[at] == '\n') return true;
  }
  return false;
}

}  // namespace

HeadResult ReadHead(std::string_view bytes, size_t& scanned, Head& out) {
  out = {};
  // Clients may send an empty line after a body (RFC 9112, 2.2): one is passed by.
  size_t start = bytes.starts_with(kLineEnd) ? kLineEnd.size() : 0;
  size_t from = std::max(start, scanned > kHeadEnd.size() ? scanned - kHeadEnd.size() : 0);
  size_t end = bytes.find(kHeadEnd, from);
  scanned = bytes.size();
  if (end == bytes.npos) {
    if (bytes.size() >= kMaxHead) return HeadResult::kTooLarge;
    // The end of a line may have come in two pieces.
    bool within = from > 0 && from < bytes.size() && bytes[from] == '\n' && bytes[from - 1] == '\r';
    bool bare = HasBareEnd(bytes.substr(within ? from + 1 : from));
    return bare ? HeadResult::kMalformed : HeadResult::kIncomplete;
  }
  out.size = end + kHeadEnd.size();
  if (out.size > kMaxHead) return HeadResult::kTooLarge;
  std::string_view head = bytes.substr(start, end - start);
  if (HasBareEnd(head)) return HeadResult::kMalformed;
  return ReadLines(head, out);
}

}  // namespace bryo::api
