// A strict reader of tar archives: v7, ustar, GNU long names and PAX (tar(5)).
#pragma once

#include <cstdint>
#include <string>

#include "sys/status.h"
#include "worker/pax.h"
#include "worker/tar_entry.h"
#include "worker/tar_input.h"

namespace bryo {

class TarReader {
 public:
  explicit TarReader(TarInput& input) : input_(input) {}

  // The next entry; `end` at the archive's end. Content not read of the one before is skipped.
  Status Next(TarEntry& entry, bool& end);

  // Up to a buffer of the entry's content; size 0: there is no more.
  Status Content(const char*& data, size_t& size);

 private:
  struct Header;

  Status ReadHeader(Header& header, bool& end);
  Status ReadMetadata(uint64_t size, std::string& out);
  Status TakeExtension(char type, uint64_t size, bool& taken);
  Status Build(const Header& header, TarEntry& entry);

  TarInput& input_;
  uint64_t left_ = 0;     // content bytes of the current entry
  uint64_t padding_ = 0;  // after them, to the next block
  PaxFields global_;
  PaxFields local_;
  bool has_long_name_ = false;
  bool has_long_link_ = false;
  std::string long_name_;
  std::string long_link_;
};

}  // namespace bryo
