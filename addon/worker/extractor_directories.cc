// Directories of an archive, which get what belongs to them once all of it is there.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <set>
#include <utility>

#include "sys/root_path.h"
#include "worker/entry_attributes.h"
#include "worker/entry_path.h"
#include "worker/extractor.h"
#include "worker/layer_marks.h"

namespace bryo {

namespace {

// A worker without capabilities fills only a directory that its owner may read, write and search.
constexpr mode_t kWhileFilled = S_IRWXU;

}  // namespace

// A worker is alone in a layer. A container may have put a directory of somebody else's in the
// place of the one that was made in its tree.
Status Extractor::OpenMade(const char* name, const Place& place, struct stat& st,
                           UniqueFd& directory) const {
  directory.reset(::openat(place.parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  if (!directory.valid() || ::fstat(directory.get(), &st) != 0) {
    return Status::Errno("open the directory");
  }
  bool ours = st.st_uid == ::geteuid() && (st.st_mode & 0077) == 0;
  bool given = options_.copy && !options_.own_all && !options_.describe_directories;
  return ours || !given ? Status() : Replaced(name);
}

Status Extractor::WriteDirectory(const TarEntry& entry, const Place& place) {
  const char* name = place.name.empty() ? "." : place.name.c_str();
  bool opaque = false;
  bool stays = options_.copy && !options_.describe_directories;
  if (options_.copy && place.name.empty()) return {};
  if (!place.name.empty() && ::mkdirat(place.parent, name, 0700) != 0) {
    if (errno != EEXIST) return Status::Errno("create the directory");
    struct stat st {};
    if (::fstatat(place.parent, name, &st, AT_SYMLINK_NOFOLLOW) != 0) return Status::Errno(name);
    if (stays && S_ISDIR(st.st_mode)) return {};
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
  directories_.push_back(
      {normal, st.st_dev, st.st_ino, entry.mode, entry.mtime, DefaultAclOf(entry)});
  return SetMetadata(entry, directory.get(), kWhileFilled);
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

Status Extractor::FinishDirectory(const PendingDirectory& pending, int fd) const {
  if (!pending.default_acl.empty()) {
    Status set = SetAttribute(fd, pending.path, std::string(kDefaultAcl), pending.default_acl);
    if (!set.ok()) return set;
  }
  if ((pending.mode & kWhileFilled) != kWhileFilled && ::fchmod(fd, pending.mode) != 0) {
    return Status::Errno("change the mode of a directory");
  }
  const timespec times[2] = {{0, UTIME_OMIT}, pending.mtime};
  return ::futimens(fd, times) == 0 ? Status() : Status::Errno("set a directory's time");
}

// Filling a directory changes its time, and what is made in it inherits its default access control
// list: so these come last. A directory that nobody may search closes after all that is below it;
// of one that the archive has twice the later entry counts.
Status Extractor::FinishDirectories() {
  std::set<std::pair<dev_t, ino_t>> finished;
  for (auto pending = directories_.rbegin(); pending != directories_.rend(); ++pending) {
    UniqueFd directory;
    Status opened = OpenInRoot(root_.get(), pending->path.empty() ? "." : pending->path,
                               O_RDONLY | O_DIRECTORY | O_NOFOLLOW, directory);
    struct stat st {};
    // Replaced by a later entry, or by others.
    if (!opened.ok() || ::fstat(directory.get(), &st) != 0) continue;
    if (st.st_dev != pending->device || st.st_ino != pending->inode) continue;
    if (!finished.emplace(st.st_dev, st.st_ino).second) continue;
    Status done = FinishDirectory(*pending, directory.get());
    if (!done.ok()) return done;
  }
  return {};
}

}  // namespace bryo
