// Files with holes in archives: GNU tar's old form (type 'S') and its PAX forms 0.0, 0.1 and 1.0
// (GNU tar manual, "Storing Sparse Files"). What readers take differently is refused: GNU tar, Go's
// archive/tar and this one find the same entries in what is accepted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sys/status.h"

namespace bryo {

constexpr size_t kTarBlock = 512;

// Octal digits with spaces and NULs around them, or base-256 (the first bit set).
bool ParseTarNumber(const char* field, size_t size, uint64_t& out);
// 1 to 19 decimal digits and nothing else.
bool ParseDecimal(std::string_view text, uint64_t& out);

struct SparsePiece {
  uint64_t offset = 0;
  uint64_t size = 0;
};

// A PAX header's word about the holes of the entry that follows.
struct SparseFields {
  bool any = false;
  std::optional<std::string> name;
  std::optional<uint64_t> size;  // of the file, with its holes
  std::optional<uint64_t> major;
  std::optional<uint64_t> minor;
  std::optional<uint64_t> count;
  // GNU.sparse.map, or the pairs of GNU.sparse.offset and GNU.sparse.numbytes.
  bool has_map = false;
  std::vector<uint64_t> numbers;

  // `key` begins with "GNU.sparse.".
  Status Set(std::string_view key, std::string_view value);
  // False: the map lies before the content (1.0). An error when the fields make no known form.
  Status MapIsHere(bool& here) const;
};

// The places of a file's data, in order; between them are holes.
class SparseMap {
 public:
  // Of numbers that are offset and size by turns.
  Status Add(const std::vector<uint64_t>& numbers);
  // Of the old form, the first block or one that extends it: `done` when no number follows.
  Status AddBlock(const char* fields, size_t count, bool& done);
  // `size` is that of the file, `stored` that of the data which the archive has.
  Status Check(uint64_t size, uint64_t stored) const;

  const std::vector<SparsePiece>& pieces() const { return pieces_; }

 private:
  Status Append(uint64_t offset, uint64_t size);

  std::vector<SparsePiece> pieces_;
};

// Takes the lines of a map of form 1.0 a block at a time.
class SparseLines {
 public:
  // `done` once all numbers are there: the next block is data.
  Status Take(const char* block, bool& done);
  const std::vector<uint64_t>& numbers() const { return numbers_; }

 private:
  std::string line_;
  std::optional<uint64_t> count_;
  std::vector<uint64_t> numbers_;
};

}  // namespace bryo
