// Packs trees as tar archives.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"
#include "worker/known_files.h"
#include "worker/tar_writer.h"

namespace bryo {

// An entry that cannot be packed: a name that begins with ".wh." would hide another file in a
// layer.
struct LeftOut {
  uint64_t count = 0;
  std::string first;  // its path
};

struct PackOptions {
  bool own_all = false;  // one mapped id: everything belongs to root
  // As in a layer: overlay's marks become whiteouts, and names that would be whiteouts are left
  // out.
  bool marks = true;
  bool compress = true;
  bool one_mount = false;          // mount points are empty: what is mounted there is left out
  bool skip_unreadable = false;    // as files of procfs are
  bool root_owns = false;          // everything belongs to root
  std::optional<time_t> time{};    // of everything
  std::optional<time_t> newest{};  // no file is younger
  ArchiveDigests* digests = nullptr;
  // Only digests are made: a large file counts by the digest of its content, which may be known.
  KnownFiles* known = nullptr;
};

// A thing that is packed alone, without what is in it.
struct PackItem {
  std::string path;  // beneath the root
  std::string name;  // in the archive
  std::optional<mode_t> mode{};
  bool follow = false;  // a link at the end of the path is followed within the root
};

// Packs a tree in an order that only its names decide. A container may be changing it meanwhile: a
// file that shrinks is filled up with zeros, what vanishes is left out.
class Packer {
 public:
  Packer(int fd, const PackOptions& options)
      : writer_(fd, options.compress, options.digests), options_(options), piece_(kPiece) {}

  // Packs the content of the directory.
  Status Run(int root) {
    mount_ = MountOf(root, "");
    Status packed = Directory(root, "", 0);
    return packed.ok() ? writer_.Finish() : packed;
  }

  // A directory with what is in it, or a file, under a name.
  Status RunDirectory(int directory, const std::string& name);
  Status RunFile(int file, const std::string& name);

  // Things beneath a root, in this order; each is an error if it is not there.
  Status RunItems(int root, const std::vector<PackItem>& items);

  const LeftOut& left_out() const { return left_out_; }
  // Sockets and device nodes that an archive cannot hold.
  uint64_t skipped() const { return skipped_; }
  // Of files, each once.
  uint64_t bytes() const { return bytes_; }

 private:
  static constexpr size_t kPiece = 1 << 18;
  static constexpr size_t kMostGenerated = 64 << 20;

  Status Directory(int directory, const std::string& path, int depth);
  Status Entry(int directory, const std::string& name, const std::string& path, int depth);
  Status File(int directory, const std::string& name, const struct stat& st, TarEntry& entry);
  static off_t FindData(int fd, off_t at, off_t size, off_t& data_end);
  Status Zeros(uint64_t size);
  static bool IsGenerated(int fd, uint64_t size);
  Status Generated(int fd, TarEntry& entry);
  Status FileContent(int fd, TarEntry& entry);
  Status Tree(int fd, TarEntry& entry, int depth);
  TarEntry EntryOf(const struct stat& st, const std::string& path) const;
  Status Unreadable(const std::string& path) const;
  static uint64_t MountOf(int directory, const char* name);
  Status Empty(const std::string& path);
  Status Item(int root, const PackItem& item);
  Status Found(int directory, const std::string& name, const struct stat& st, TarEntry& entry);

  TarWriter writer_;
  PackOptions options_;
  LeftOut left_out_;
  uint64_t mount_ = 0;
  uint64_t skipped_ = 0;
  uint64_t bytes_ = 0;
  // The directory of the last item: the next one is often in it, too.
  UniqueFd parent_;
  std::string parent_path_;
  std::vector<char> piece_;
  std::map<std::pair<dev_t, ino_t>, std::string> linked_;
};

}  // namespace bryo
