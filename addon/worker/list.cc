#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/root_path.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/names.h"
#include "worker/words_input.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;
constexpr int kMaxDepth = 1024;

char TypeLetter(mode_t mode) {
  switch (mode & S_IFMT) {
    case S_IFREG:
      return 'f';
    case S_IFDIR:
      return 'd';
    case S_IFLNK:
      return 'l';
    case S_IFIFO:
      return 'p';
    case S_IFSOCK:
      return 's';
    case S_IFCHR:
      return 'c';
    default:
      return 'b';
  }
}

class Listing {
 public:
  Listing(int depth, std::set<std::string> pruned) : depth_(depth), pruned_(std::move(pruned)) {}

  Status Path(size_t number, const std::string& path);

 private:
  Status Directory(int directory, const std::string& below, int depth);
  void Tell(char type, const struct stat& st, const std::string& below, const std::string& link);

  int depth_;
  std::set<std::string> pruned_;  // paths beneath the root
  size_t number_ = 0;
  std::string base_;  // of the path that is listed, with a slash at its end
};

void Listing::Tell(char type, const struct stat& st, const std::string& below,
                   const std::string& link) {
  std::printf("%zu%c%c%c%o%c%u%c%u%c%lld%c%s%c%s%c", number_, 0, type, 0, st.st_mode & 07777, 0,
              st.st_uid, 0, st.st_gid, 0, static_cast<long long>(st.st_size), 0, below.c_str(), 0,
              link.c_str(), 0);
}

Status Listing::Directory(int directory, const std::string& below, int depth) {
  if (depth > kMaxDepth) return Status::Error("the tree is too deep");
  std::vector<std::string> names;
  Status listed = SortedNames(directory, names);
  for (const std::string& name : names) {
    if (!listed.ok()) break;
    std::string path = below + name;
    struct stat st {};
    if (::fstatat(directory, name.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
      if (errno == ENOENT) continue;
      return Status::Errno(path);
    }
    if (pruned_.count(base_ + path) > 0) continue;
    char target[PATH_MAX];
    ssize_t size = 0;
    if (S_ISLNK(st.st_mode)) size = ::readlinkat(directory, name.c_str(), target, sizeof(target));
    if (size < 0) continue;
    Tell(TypeLetter(st.st_mode), st, path, {target, static_cast<size_t>(size)});
    if (!S_ISDIR(st.st_mode) || depth == depth_) continue;
    UniqueFd inner(
        ::openat(directory, name.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!inner.valid()) return Status::Errno(base_ + path);
    listed = Directory(inner.get(), path + "/", depth + 1);
  }
  return listed;
}

Status Listing::Path(size_t number, const std::string& path) {
  number_ = number;
  base_ = path == "." ? "" : path + "/";
  struct stat st {};
  UniqueFd found;
  Status opened = OpenInRoot(kRootFd, path, O_PATH, found);
  if (!opened.ok()) {
    if (opened.err() != ENOENT && opened.err() != ENOTDIR) return Status::Errno(path, opened.err());
    Tell('-', st, "", "");
    return {};
  }
  if (::fstat(found.get(), &st) != 0) return Status::Errno(path);
  Tell(TypeLetter(st.st_mode), st, "", "");
  if (!S_ISDIR(st.st_mode) || depth_ == 0) return {};
  opened = OpenInRoot(kRootFd, path, O_RDONLY | O_DIRECTORY, found);
  if (!opened.ok()) return Status::Errno(path, opened.err());
  return Directory(found.get(), "", 1);
}

}  // namespace

int ListCommand(int argc, char** argv) {
  if (argc != 1) return 1;
  std::vector<std::string> words;
  Status status = ReadWords(words);
  auto end = std::find(words.begin(), words.end(), "");
  std::set<std::string> pruned(words.begin(), end);
  if (end == words.end() && status.ok()) status = Status::Error("there are no paths to list");
  static char buffer[1 << 16];
  std::setvbuf(stdout, buffer, _IOFBF, sizeof(buffer));
  if (status.ok()) status = Confine({.duty = Duty::kList, .read = {kRootFd}});
  Listing listing(std::atoi(argv[0]), std::move(pruned));
  size_t number = 0;
  while (status.ok() && ++end != words.end()) status = listing.Path(number++, *end);
  if (status.ok() && std::fflush(stdout) == 0) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
