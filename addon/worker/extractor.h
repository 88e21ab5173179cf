// Writes the entries of a hostile layer into a directory, in overlay format.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/fd.h"
#include "sys/made_node.h"
#include "sys/status.h"
#include "worker/tar_reader.h"

namespace bryo {

// An extent of ids that become others.
struct IdExtent {
  uint32_t from;
  uint32_t to;
  uint32_t size;
};

struct ExtractOptions {
  bool own_all = false;      // one mapped id: everything belongs to it
  uint64_t max_entries = 0;  // 0: no limit
  // For copies, which are no layers: names like ".wh.x" are names, what is a directory stays one
  // and keeps its mode and owner.
  bool copy = false;
  bool describe_directories = false;  // a copy's directories change those that are there
  bool replace_kinds = false;  // a copy may put a file in a directory's place, and the reverse
  bool drop_set_id = false;    // no set-user-id and set-group-id bits
  std::optional<std::pair<uint32_t, uint32_t>> owner{};  // of everything
  // Owners that are in none stay what they are.
  std::vector<IdExtent> uid_shifts{};
  std::vector<IdExtent> gid_shifts{};
  // Takes the place of each path's first component; an empty one leaves it away.
  std::optional<std::string> first_name{};
};

class Extractor {
 public:
  Extractor(UniqueFd root, const ExtractOptions& options)
      : root_(std::move(root)), options_(options) {}

  // Until the archive's end. Every path is resolved beneath the root. `first` is an entry that has
  // been read already.
  Status Run(TarReader& reader, TarEntry* first = nullptr);
  // Changes an entry as copies are to have it (see ExtractOptions).
  void Adapt(TarEntry& entry) const;
  // Gives a file the content of the entry that has just been read, and its metadata.
  Status FillFile(TarReader& reader, const TarEntry& entry, int fd);

  uint64_t entries() const { return entries_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Place {
    int parent = -1;
    std::string name;  // empty: the root itself
  };
  // Metadata that a directory gets when all of it is there.
  struct PendingDirectory {
    std::string path;
    dev_t device;
    ino_t inode;
    mode_t mode;
    timespec mtime;
    std::string default_acl;  // empty: none
  };

  Status Extract(TarReader& reader, const TarEntry& entry);
  Status Locate(std::string_view path, Place& place);
  Status OpenParent(const std::string& path);
  Status ApplyMark(const Place& place);
  Status MakeRoom(const Place& place);
  Status WriteFile(TarReader& reader, const TarEntry& entry, const Place& place);
  Status WriteDirectory(const TarEntry& entry, const Place& place);
  Status OpenMade(const char* name, const Place& place, struct stat& st, UniqueFd& directory) const;
  Status WriteHardLink(const TarEntry& entry, const Place& place);
  Status WriteSymlink(const TarEntry& entry, const Place& place);
  Status WriteSpecial(const TarEntry& entry, const Place& place);
  // `more` are bits of the mode that the entry does not have.
  Status SetMetadata(const TarEntry& entry, int fd, mode_t more = 0);
  NodeMetadata Describe(const TarEntry& entry, mode_t type) const;
  Status FinishDirectories();
  Status FinishDirectory(const PendingDirectory& pending, int fd) const;
  std::string DefaultAclOf(const TarEntry& entry) const;

  UniqueFd root_;
  ExtractOptions options_;
  // The directory of the last entry: the next one is often in it, too.
  UniqueFd parent_;
  std::string parent_path_;
  std::vector<PendingDirectory> directories_;
  uint64_t entries_ = 0;
  uint64_t bytes_ = 0;
};

}  // namespace bryo
