#include "worker/pax.h"

#include <cerrno>

namespace bryo {
namespace {

Status Malformed(std::string_view what) {
  return Status::Error("malformed extended header: " + std::string(what));
}

// Seconds with an optional fraction and sign.
bool ParseTime(std::string_view text, timespec& out) {
  bool negative = !text.empty() && text[0] == '-';
  if (negative) text.remove_prefix(1);
  size_t dot = text.find('.');
  uint64_t seconds = 0;
  if (!ParseDecimal(text.substr(0, dot), seconds) || seconds > (1ULL << 40)) return false;
  long nanoseconds = 0;
  if (dot != std::string_view::npos) {
    std::string_view digits = text.substr(dot + 1);
    long unit = 100'000'000;
    for (char c : digits) {
      if (c < '0' || c > '9') return false;
      nanoseconds += (c - '0') * unit;
      unit /= 10;
    }
  }
  out.tv_sec = negative ? -static_cast<time_t>(seconds) : static_cast<time_t>(seconds);
  out.tv_nsec = negative ? 0 : nanoseconds;
  return true;
}

Status SetNumber(std::string_view key, std::string_view value, std::optional<uint64_t>& field) {
  uint64_t number = 0;
  if (!ParseDecimal(value, number)) return Malformed(key);
  field = number;
  return {};
}

Status SetField(std::string_view key, std::string_view value, PaxFields& fields) {
  constexpr std::string_view kXattr = "SCHILY.xattr.";
  constexpr std::string_view kSparse = "GNU.sparse.";
  if (key == "path" || key == "linkpath") {
    if (value.find('\0') != std::string_view::npos) return Malformed(key);
    (key == "path" ? fields.path : fields.link) = std::string(value);
  } else if (key == "size") {
    return SetNumber(key, value, fields.size);
  } else if (key == "uid") {
    return SetNumber(key, value, fields.uid);
  } else if (key == "gid") {
    return SetNumber(key, value, fields.gid);
  } else if (key == "mtime") {
    timespec time{};
    if (!ParseTime(value, time)) return Malformed(key);
    fields.mtime = time;
  } else if (key.substr(0, kXattr.size()) == kXattr) {
    fields.xattrs.emplace_back(key.substr(kXattr.size()), value);
  } else if (key.substr(0, kSparse.size()) == kSparse) {
    return fields.sparse.Set(key, value);
  }
  return {};
}

}  // namespace

Status ParsePax(std::string_view block, PaxFields& fields) {
  while (!block.empty()) {
    size_t space = block.find(' ');
    uint64_t length = 0;
    if (space == std::string_view::npos || space > 10 ||
        !ParseDecimal(block.substr(0, space), length)) {
      return Malformed("length");
    }
    if (length <= space + 1 || length > block.size() || block[length - 1] != '\n') {
      return Malformed("length");
    }
    std::string_view record = block.substr(space + 1, length - space - 2);
    size_t equals = record.find('=');
    if (equals == std::string_view::npos || equals == 0) return Malformed("record");
    Status set = SetField(record.substr(0, equals), record.substr(equals + 1), fields);
    if (!set.ok()) return set;
    block.remove_prefix(length);
  }
  return {};
}

}  // namespace bryo
