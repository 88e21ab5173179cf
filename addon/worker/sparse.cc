#include "worker/sparse.h"

#include <algorithm>
#include <limits>

namespace bryo {
namespace {

// More pieces than any file has that somebody wants to keep; each costs 16 bytes here.
constexpr uint64_t kMaxPieces = 1 << 18;
constexpr uint64_t kMaxFileSize = std::numeric_limits<int64_t>::max();
constexpr size_t kMaxDigits = 19;
constexpr size_t kOldNumber = 12;
constexpr std::string_view kPrefix = "GNU.sparse.";

Status Malformed(std::string_view what) {
  return Status::Error("malformed sparse entry: " + std::string(what));
}

// Readers disagree about which of two records counts.
Status SetOnce(std::string_view key, std::string_view value, std::optional<uint64_t>& field) {
  uint64_t number = 0;
  if (field || !ParseDecimal(value, number) || number > kMaxFileSize) return Malformed(key);
  field = number;
  return {};
}

Status ParseList(std::string_view text, std::vector<uint64_t>& numbers) {
  for (;;) {
    size_t comma = text.find(',');
    uint64_t number = 0;
    if (!ParseDecimal(text.substr(0, comma), number)) return Malformed("GNU.sparse.map");
    numbers.push_back(number);
    if (comma == std::string_view::npos) return {};
    text.remove_prefix(comma + 1);
  }
}

bool IsZero(const char* data, size_t size) {
  return std::all_of(data, data + size, [](char c) { return c == 0; });
}

}  // namespace

bool ParseTarNumber(const char* field, size_t size, uint64_t& out) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(field);
  out = 0;
  if ((bytes[0] & 0x80) != 0) {
    if (bytes[0] != 0x80) return false;  // negative or larger than 64 bits
    for (size_t i = 1; i < size; ++i) {
      if (out >> 55 != 0) return false;
      out = out << 8 | bytes[i];
    }
    return true;
  }
  size_t i = 0;
  while (i < size && field[i] == ' ') ++i;
  for (; i < size && field[i] >= '0' && field[i] <= '7'; ++i) {
    if (out >> 60 != 0) return false;
    out = out << 3 | static_cast<uint64_t>(field[i] - '0');
  }
  for (; i < size; ++i) {
    if (field[i] != ' ' && field[i] != '\0') return false;
  }
  return true;
}

bool ParseDecimal(std::string_view text, uint64_t& out) {
  if (text.empty() || text.size() > kMaxDigits) return false;
  out = 0;
  for (char c : text) {
    if (c < '0' || c > '9') return false;
    out = out * 10 + static_cast<uint64_t>(c - '0');
  }
  return true;
}

Status SparseFields::Set(std::string_view key, std::string_view value) {
  any = true;
  std::string_view what = key.substr(kPrefix.size());
  if (what == "name") {
    if (name || value.empty() || value.find('\0') != std::string_view::npos) return Malformed(key);
    name = std::string(value);
    return {};
  }
  if (what == "size" || what == "realsize") return SetOnce(key, value, size);
  if (what == "major") return SetOnce(key, value, major);
  if (what == "minor") return SetOnce(key, value, minor);
  // GNU tar wants the number of pieces before the pieces.
  if (what == "numblocks") return numbers.empty() ? SetOnce(key, value, count) : Malformed(key);
  if (what == "map") {
    if (has_map || !numbers.empty() || !count) return Malformed(key);
    has_map = true;
    return ParseList(value, numbers);
  }
  bool is_offset = what == "offset";
  if (!is_offset && what != "numbytes") return Malformed(key);
  uint64_t number = 0;
  bool turn = is_offset == (numbers.size() % 2 == 0);
  if (has_map || !count || !turn || !ParseDecimal(value, number)) return Malformed(key);
  numbers.push_back(number);
  return {};
}

Status SparseFields::MapIsHere(bool& here) const {
  here = !numbers.empty();
  if (!size) return Malformed("no size");
  if (major || minor) {
    bool first = major == 0U && minor && *minor <= 1;
    bool second = major == 1U && minor == 0U && !count;
    if (here ? !first : !second) return Malformed("unknown version");
  } else if (!here) {
    return Malformed("no map");
  }
  // Each piece has two numbers.
  if (here && (numbers.size() % 2 != 0 || numbers.size() / 2 != *count)) {
    return Malformed("GNU.sparse.numblocks");
  }
  return {};
}

Status SparseMap::Append(uint64_t offset, uint64_t size) {
  if (pieces_.size() >= kMaxPieces) return Malformed("more than 262144 pieces");
  pieces_.push_back({offset, size});
  return {};
}

Status SparseMap::Add(const std::vector<uint64_t>& numbers) {
  for (size_t i = 0; i + 1 < numbers.size(); i += 2) {
    Status added = Append(numbers[i], numbers[i + 1]);
    if (!added.ok()) return added;
  }
  return {};
}

Status SparseMap::AddBlock(const char* fields, size_t count, bool& done) {
  done = false;
  for (size_t i = 0; i < count; ++i) {
    const char* field = fields + i * 2 * kOldNumber;
    // GNU tar ends at an empty size, Go at an empty offset: both or none must be empty.
    done = IsZero(field, 2 * kOldNumber);
    if (done) {
      bool rest = IsZero(field, (count - i) * 2 * kOldNumber);
      return rest ? Status() : Malformed("a map that goes on after its end");
    }
    uint64_t numbers[2] = {};
    for (size_t part = 0; part < 2; ++part) {
      const char* digits = field + part * kOldNumber;
      bool number =
          static_cast<unsigned char>(digits[0]) == 0x80 ||
          std::any_of(digits, digits + kOldNumber, [](char c) { return c >= '0' && c <= '7'; });
      if (!number || !ParseTarNumber(digits, kOldNumber, numbers[part])) {
        return Malformed("a number of the map");
      }
    }
    Status added = Append(numbers[0], numbers[1]);
    if (!added.ok()) return added;
  }
  return {};
}

Status SparseMap::Check(uint64_t size, uint64_t stored) const {
  if (size > kMaxFileSize) return Malformed("the size of the file");
  uint64_t end = 0;
  uint64_t sum = 0;
  for (const SparsePiece& piece : pieces_) {
    if (piece.offset < end) return Malformed("pieces that overlap or are not in order");
    if (piece.offset > size || piece.size > size - piece.offset) {
      return Malformed("a piece after the end of the file");
    }
    // GNU tar begins each piece with a block, Go where the one before has ended.
    if (piece.size > 0 && sum % kTarBlock != 0) return Malformed("a piece that fills no blocks");
    end = piece.offset + piece.size;
    sum += piece.size;
  }
  return sum == stored ? Status() : Malformed("pieces that are not what the archive has");
}

Status SparseLines::Take(const char* block, bool& done) {
  done = false;
  for (size_t i = 0; i < kTarBlock && !done; ++i) {
    if (block[i] != '\n') {
      if (line_.size() >= kMaxDigits) return Malformed("a number of the map");
      line_ += block[i];
      continue;
    }
    uint64_t number = 0;
    if (!ParseDecimal(line_, number)) return Malformed("a number of the map");
    line_.clear();
    if (count_) {
      numbers_.push_back(number);
    } else {
      if (number > kMaxPieces) return Malformed("more than 262144 pieces");
      count_ = number;
    }
    done = numbers_.size() == 2 * *count_;
  }
  return {};
}

}  // namespace bryo
