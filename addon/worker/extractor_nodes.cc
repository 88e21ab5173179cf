// Entries that are not opened: links, pipes and what stands in for devices.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/made_node.h"
#include "sys/root_path.h"
#include "worker/entry_path.h"
#include "worker/extractor.h"

namespace bryo {

Status Extractor::WriteHardLink(const TarEntry& entry, const Place& place) {
  std::string normal;
  Status normalized = NormalizePath(entry.link, normal);
  if (!normalized.ok()) return normalized;
  if (normal.empty()) return UnsafePath(entry.link);
  size_t slash = normal.rfind('/');
  std::string name = slash == std::string::npos ? normal : normal.substr(slash + 1);
  std::string directory = slash == std::string::npos ? "." : normal.substr(0, slash);
  UniqueFd source;
  Status opened = OpenInRoot(root_.get(), directory, O_PATH | O_DIRECTORY, source);
  if (!opened.ok()) return opened;
  for (bool retried = false;; retried = true) {
    if (::linkat(source.get(), name.c_str(), place.parent, place.name.c_str(), 0) == 0) return {};
    if (errno != EEXIST || retried) return Status::Errno("link to " + entry.link);
    struct stat from {};
    struct stat to {};
    bool same = ::fstatat(source.get(), name.c_str(), &from, AT_SYMLINK_NOFOLLOW) == 0 &&
                ::fstatat(place.parent, place.name.c_str(), &to, AT_SYMLINK_NOFOLLOW) == 0 &&
                from.st_ino == to.st_ino;
    if (same) return {};
    Status room = MakeRoom(place);
    if (!room.ok()) return room;
  }
}

// Of what is not opened.
NodeMetadata Extractor::Describe(const TarEntry& entry, mode_t type) const {
  NodeMetadata metadata{.type = type};
  if (type == S_IFIFO) metadata.mode = entry.mode;
  if (!options_.own_all) {
    metadata.owner.emplace(static_cast<uid_t>(entry.uid), static_cast<gid_t>(entry.gid));
  }
  metadata.times[0] = {0, UTIME_OMIT};
  metadata.times[1] = entry.mtime;
  return metadata;
}

Status Extractor::WriteSymlink(const TarEntry& entry, const Place& place) {
  if (entry.link.empty() || entry.link.size() >= kMaxEntryPath) return UnsafePath(entry.path);
  if (::symlinkat(entry.link.c_str(), place.parent, place.name.c_str()) != 0) {
    if (errno != EEXIST) return Status::Errno("create the link");
    Status room = MakeRoom(place);
    if (!room.ok()) return room;
    if (::symlinkat(entry.link.c_str(), place.parent, place.name.c_str()) != 0) {
      return Status::Errno("create the link");
    }
  }
  return DescribeMadeNode(place.parent, place.name.c_str(), Describe(entry, S_IFLNK));
}

// A device node would be of no use (it needs real root) and 0:0 would be a whiteout: an empty file
// without permissions stands in for it.
Status Extractor::WriteSpecial(const TarEntry& entry, const Place& place) {
  bool fifo = entry.type == EntryType::kFifo;
  mode_t type = fifo ? S_IFIFO : S_IFREG;
  const char* name = place.name.c_str();
  if (::mknodat(place.parent, name, type, 0) != 0) {
    if (errno != EEXIST) return Status::Errno("create");
    Status room = MakeRoom(place);
    if (!room.ok()) return room;
    if (::mknodat(place.parent, name, type, 0) != 0) return Status::Errno("create");
  }
  NodeMetadata metadata = Describe(entry, type);
  // A stand-in belongs to nobody.
  if (!fifo) metadata.owner.reset();
  return DescribeMadeNode(place.parent, name, metadata);
}

}  // namespace bryo
