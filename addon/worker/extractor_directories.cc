// Directories of an archive, which get what belongs to them once all of it is there.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "sys/root_path.h"
#include "worker/entry_attributes.h"
#include "worker/entry_path.h"
#include "worker/extractor.h"
#include "worker/layer_marks.h"

namespace bryo {

// Nobody else is at work in a layer. A container may have put a directory of somebody else's in the
// place of the one that was made in its tree.
Status Extractor::OpenMade(const char* name, const Place& place, struct stat& st,
                           UniqueFd& directory) const {
  directory.reset(::openat(place.parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid() || ::fstat(directory.get(), &st) != 0) {
    return Status::Errno("open the directory");
  }
  bool ours = st.st_uid == ::geteuid() && (st.st_mode & 0077) == 0;
  bool given = options_.copy && !options_.own_all;
  return ours || !given ? Status() : Replaced(name);
}

Status Extractor::WriteDirectory(const TarEntry& entry, const Place& place) {
  const char* name = place.name.empty() ? "." : place.name.c_str();
  bool opaque = false;
  if (options_.copy && place.name.empty()) return {};
  if (!place.name.empty() && ::mkdirat(place.parent, name, 0700) != 0) {
    if (errno != EEXIST) return Status::Errno("create the directory");
    struct stat st {};
    if (::fstatat(place.parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(name);
    if (options_.copy && S_ISDIR(st.st_mode)) return {};
    if (!S_ISDIR(st.st_mode)) {
      if (options_.copy && !options_.replace_kinds) {
        return Status::Errno("replace what is no directory", ENOTDIR);
      }
      // A directory that comes after its own whiteout shows nothing of the layers below.
      opaque = IsWhiteout(st);
      Status room = MakeRoom(place);
      if (!room.ok()) return room;
      if (::mkdirat(place.parent, name, 0700) != 0) return Status::Errno("create the directory");
    }
  }
  UniqueFd directory;
  struct stat st {};
  Status opened = OpenMade(name, place, st, directory);
  if (!opened.ok()) return opened;
  if (opaque) {
    Status marked = MakeOpaque(directory.get());
    if (!marked.ok()) return marked;
  }
  std::string normal;
  Status normalized = NormalizePath(entry.path, normal);
  if (!normalized.ok()) return normalized;
  directories_.push_back({normal, st.st_dev, st.st_ino, entry.mtime, DefaultAclOf(entry)});
  return SetMetadata(entry, directory.get());
}

// Empty: none.
std::string Extractor::DefaultAclOf(const TarEntry& entry) const {
  std::string found;
  if (options_.own_all) return found;
  for (const auto& [name, value] : entry.xattrs) {
    if (name == kDefaultAcl) found = value;
  }
  return found;
}

// Filling a directory changes its time, and what is made in it inherits its default access control
// list: so these come last.
Status Extractor::FinishDirectories() {
  for (const PendingDirectory& pending : directories_) {
    UniqueFd directory;
    Status opened = OpenInRoot(root_.get(), pending.path.empty() ? "." : pending.path,
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW, directory);
    struct stat st {};
    // Replaced by a later entry, or by others.
    if (!opened.ok() || ::fstat(directory.get(), &st) != 0) continue;
    if (st.st_dev != pending.device || st.st_ino != pending.inode) continue;
    if (!pending.default_acl.empty()) {
      Status set = SetAttribute(directory.get(), pending.path, std::string(kDefaultAcl),
                                pending.default_acl);
      if (!set.ok()) return set;
    }
    const timespec times[2] = {{0, UTIME_OMIT}, pending.mtime};
    if (::futimens(directory.get(), times) != 0) return Status::Errno("set a directory's time");
  }
  return {};
}

}  // namespace bryo
