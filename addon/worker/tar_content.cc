// TarReader's work on an entry once its headers are read: the map of its holes, and its content.
#include <algorithm>
#include <cstring>

#include "worker/tar_reader.h"

namespace bryo {
namespace {

// Of the old form (GNU tar's src/tar.h, struct oldgnu_header and sparse_header).
constexpr char kOldMagic[] = "ustar  ";
constexpr size_t kMagicAt = 257;
constexpr size_t kMapAt = 386;
constexpr size_t kMapCount = 4;
constexpr size_t kExtendedAt = 482;
constexpr size_t kSizeAt = 483;
constexpr size_t kSizeWidth = 12;
constexpr size_t kMoreCount = 21;
constexpr size_t kMoreExtendedAt = 504;

Status Truncated() { return Status::Error("the layer is truncated"); }

}  // namespace

Status TarReader::TakeOldMap(const char* header, SparseMap& map, uint64_t& size) {
  if (std::memcmp(header + kMagicAt, kOldMagic, sizeof(kOldMagic)) != 0) {
    return Status::Error("malformed sparse entry: not in GNU's format");
  }
  // Readers disagree whether this is the file's size or the archive's.
  if (global_.size || local_.size) return Status::Error("malformed sparse entry: two sizes");
  if (!ParseTarNumber(header + kSizeAt, kSizeWidth, size)) {
    return Status::Error("malformed sparse entry: the size of the file");
  }
  bool done = false;
  Status added = map.AddBlock(header + kMapAt, kMapCount, done);
  bool more = header[kExtendedAt] != 0;
  char block[kTarBlock];
  while (added.ok() && more) {
    // GNU tar reads no further after the map's end, Go does.
    if (done) return Status::Error("malformed sparse entry: a map that goes on after its end");
    bool end = false;
    Status read = input_.ReadExact(block, sizeof(block), end);
    if (!read.ok() || end) return end ? Truncated() : read;
    added = map.AddBlock(block, kMoreCount, done);
    more = block[kMoreExtendedAt] != 0;
  }
  return added;
}

Status TarReader::TakeLines(SparseMap& map) {
  SparseLines lines;
  char block[kTarBlock];
  for (bool done = false; !done;) {
    if (left_ < kTarBlock) return Status::Error("malformed sparse entry: a map without an end");
    bool end = false;
    Status read = input_.ReadExact(block, sizeof(block), end);
    if (!read.ok() || end) return end ? Truncated() : read;
    left_ -= kTarBlock;
    Status taken = lines.Take(block, done);
    if (!taken.ok()) return taken;
  }
  return map.Add(lines.numbers());
}

Status TarReader::TakeSparse(const char* header, char type, TarEntry& entry) {
  const SparseFields& fields = local_.sparse;
  bool old = type == 'S';
  sparse_ = old || fields.any;
  if (!sparse_) return {};
  bool is_file = old ? !fields.any : type == '0' || type == '\0';
  if (!is_file || entry.type != EntryType::kFile) {
    return Status::Error("malformed sparse entry: not a file");
  }
  SparseMap map;
  bool here = true;
  Status taken = old ? TakeOldMap(header, map, entry.size) : fields.MapIsHere(here);
  if (!taken.ok()) return taken;
  if (!old) {
    entry.size = *fields.size;
    taken = here ? map.Add(fields.numbers) : TakeLines(map);
  }
  if (taken.ok()) taken = map.Check(entry.size, left_);
  if (!taken.ok()) return taken;
  map_ = map.pieces();
  next_piece_ = 0;
  at_ = 0;
  end_ = entry.size;
  return {};
}

Status TarReader::Count(uint64_t size) {
  if (max_bytes_ != 0 && (size > max_bytes_ || expanded_ > max_bytes_ - size)) {
    return Status::Error("the layer holds more than " + std::to_string(max_bytes_) + " bytes");
  }
  expanded_ += size;
  return {};
}

Status TarReader::Content(Piece& piece) {
  piece = {};
  uint64_t most = left_;
  if (sparse_) {
    while (next_piece_ < map_.size() && at_ == map_[next_piece_].offset + map_[next_piece_].size) {
      ++next_piece_;
    }
    // A map may leave out that the file ends with a hole.
    bool last = next_piece_ == map_.size();
    uint64_t start = last ? end_ : map_[next_piece_].offset;
    if (at_ < start || last) {
      piece.hole = start - at_;
      at_ = start;
      return {};
    }
    most = start + map_[next_piece_].size - at_;
  }
  if (most == 0) return {};
  Status read = input_.Next(std::min<uint64_t>(most, 1 << 20), piece.data, piece.size);
  if (!read.ok()) return read;
  if (piece.size == 0) return Truncated();
  left_ -= piece.size;
  at_ += piece.size;
  return {};
}

}  // namespace bryo
