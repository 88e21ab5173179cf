// Writes a tar (ustar with PAX headers where they are needed, tar(5)), compressed with gzip if
// asked for.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sys/status.h"
#include "worker/digest.h"
#include "worker/tar_entry.h"

namespace bryo {

// Digests of an archive: of its plain bytes, and, if it is compressed, of those that were written.
struct ArchiveDigests {
  Digest plain;
  Digest written;
};

class TarWriter {
 public:
  // With -1 nothing is written: only digests are made. What is plain is gathered into large pieces.
  TarWriter(int fd, bool compress, ArchiveDigests* digests = nullptr);
  ~TarWriter();
  TarWriter(const TarWriter&) = delete;
  TarWriter& operator=(const TarWriter&) = delete;

  // The entry's header; exactly `entry.size` bytes of content follow by Content().
  Status Header(const TarEntry& entry);
  Status Content(const char* data, size_t size);
  // Fills the last block of the content up.
  Status EndContent(uint64_t size);
  Status Finish();

 private:
  struct Compressor;

  Status Pax(const TarEntry& entry);
  Status Block(const TarEntry& entry, std::string_view path, std::string_view link, char type,
               uint64_t size);
  Status Write(const char* data, size_t size, bool last);
  Status Put(const void* data, size_t size);
  Status Plain(const char* data, size_t size);
  Status FlushGathered();
  Status Gather(const char* data, size_t size, bool last);

  int fd_;
  ArchiveDigests* digests_;
  std::unique_ptr<Compressor> compressor_;  // null: none
  std::vector<char> gathered_;              // plain bytes that are neither hashed nor written yet
};

}  // namespace bryo
