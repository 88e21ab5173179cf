// A strict reader of tar archives: v7, ustar, GNU long names, PAX (tar(5)) and sparse files.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sys/status.h"
#include "worker/pax.h"
#include "worker/sparse.h"
#include "worker/tar_entry.h"
#include "worker/tar_input.h"

namespace bryo {

class TarReader {
 public:
  // Fails when the files' contents with their holes are more than `max_bytes` (0: no limit).
  TarReader(TarInput& input, uint64_t max_bytes) : input_(input), max_bytes_(max_bytes) {}

  // The next entry; `end` at the archive's end. Content not read of the one before is skipped.
  Status Next(TarEntry& entry, bool& end);

  // The next part of an entry's content.
  struct Piece {
    const char* data = nullptr;
    size_t size = 0;    // of the data, up to a buffer
    uint64_t hole = 0;  // so many zeros instead
    bool end() const { return size == 0 && hole == 0; }
  };
  Status Content(Piece& piece);

 private:
  struct Header;

  Status ReadHeader(Header& header, bool& end);
  Status ReadMetadata(uint64_t size, std::string& out);
  Status TakeExtension(char type, uint64_t size, bool& taken);
  Status Build(const Header& header, TarEntry& entry);
  // Readers of a header's block as it is.
  Status TakeSparse(const char* header, char type, TarEntry& entry);
  Status TakeOldMap(const char* header, SparseMap& map, uint64_t& size);
  Status TakeLines(SparseMap& map);
  Status Count(uint64_t size);

  TarInput& input_;
  uint64_t max_bytes_;
  uint64_t expanded_ = 0;  // bytes of all contents
  uint64_t left_ = 0;      // of the current entry in the archive
  uint64_t padding_ = 0;   // after them, to the next block
  bool sparse_ = false;
  std::vector<SparsePiece> map_;  // of a sparse entry
  size_t next_piece_ = 0;
  uint64_t at_ = 0;   // in a sparse file
  uint64_t end_ = 0;  // its size
  PaxFields global_;
  PaxFields local_;
  bool has_long_name_ = false;
  bool has_long_link_ = false;
  std::string long_name_;
  std::string long_link_;
};

}  // namespace bryo
