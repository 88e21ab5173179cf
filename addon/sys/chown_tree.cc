#include "sys/chown_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "sys/fd.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr int kMaxDepth = 512;

struct CloseDir {
  DIR* dir;
  ~CloseDir() { ::closedir(dir); }
};

// A change of the owner takes setuid bits and capabilities away: what belongs to them already keeps
// its own.
Status ChownOne(int fd, uid_t uid, gid_t gid, struct stat& st) {
  if (::fstatat(fd, "", &st, AT_EMPTY_PATH) != 0) return Status::Errno("stat");
  if (st.st_uid == uid && st.st_gid == gid) return {};
  return ::fchownat(fd, "", uid, gid, AT_EMPTY_PATH) == 0 ? Status() : Status::Errno("chown");
}

Status ChownEntries(int directory, uid_t uid, gid_t gid, int depth) {
  if (depth > kMaxDepth) return Status::Errno("change owners", ELOOP);
  int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return Status::Errno("read a directory");
  CloseDir closer{stream};
  while (const dirent* entry = ::readdir(stream)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") == 0 || std::strcmp(name, "..") == 0) continue;
    UniqueFd child(sys::openat2(copy, name, O_PATH | O_NOFOLLOW | O_CLOEXEC, 0,
                                RESOLVE_NO_XDEV | RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS));
    // The entry went meanwhile, or something else is mounted there.
    if (!child.valid() && (errno == ENOENT || errno == EXDEV)) continue;
    if (!child.valid()) return Status::Errno(name);
    struct stat st {};
    Status changed = ChownOne(child.get(), uid, gid, st);
    if (!changed.ok())
      return Status::Errno(std::string(name) + ": " + changed.what(), changed.err());
    if (!S_ISDIR(st.st_mode)) continue;
    Status below = ChownEntries(child.get(), uid, gid, depth + 1);
    if (!below.ok()) return below;
  }
  return {};
}

}  // namespace

Status ChownTree(int fd, uid_t uid, gid_t gid) {
  struct stat st {};
  if (::fstatat(fd, "", &st, AT_EMPTY_PATH) != 0) return Status::Errno("stat");
  if (st.st_uid == uid && st.st_gid == gid) return {};
  if (S_ISDIR(st.st_mode)) {
    Status below = ChownEntries(fd, uid, gid, 0);
    if (!below.ok()) return below;
  }
  return ChownOne(fd, uid, gid, st);
}

}  // namespace bryo
