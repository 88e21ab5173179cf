#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"
#include "sys/passwd.h"
#include "sys/root_path.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/extractor.h"
#include "worker/tar_input.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;

struct Request {
  std::string path;                 // without slashes at its end
  bool archive = false;             // entries keep their names; the path is a directory
  bool contents = false;            // what is in the sent directory, not the directory itself
  bool directory = false;           // the path was written with a slash at its end
  bool follow = false;              // a link that leads nowhere yet is followed
  bool parents = false;             // directories on the way are made, and itself if it is one
  std::optional<std::string> user;  // whom everything shall belong to, by the root's own files
  ExtractOptions extract;
};

constexpr char kUser[] = "user=";
constexpr char kShift[] = "shift=";

// The bytes that pairs of hexadecimal digits stand for.
std::string FromHex(const char* text) {
  std::string bytes;
  char pair[3] = {};
  for (; text[0] != '\0' && text[1] != '\0'; text += 2) {
    std::memcpy(pair, text, 2);
    bytes += static_cast<char>(std::strtoul(pair, nullptr, 16));
  }
  return bytes;
}

// FROM:TO:SIZE,… up to `end`; what follows that. Null: it is nothing of the kind.
const char* ReadExtents(const char* text, char end, std::vector<IdExtent>& into) {
  for (;;) {
    IdExtent extent{};
    int length = 0;
    if (std::sscanf(text, "%u:%u:%u%n", &extent.from, &extent.to, &extent.size, &length) != 3) {
      return nullptr;
    }
    into.push_back(extent);
    text += length;
    if (*text == end) return text + (end == '\0' ? 0 : 1);
    if (*text++ != ',') return nullptr;
  }
}

bool ReadShifts(const char* text, ExtractOptions& into) {
  const char* gids = ReadExtents(text, '/', into.uid_shifts);
  return gids != nullptr && ReadExtents(gids, '\0', into.gid_shifts) != nullptr;
}

bool Parse(int argc, char** argv, Request& request) {
  if (argc != 3) return false;
  request.path = std::strchr(argv[1], 'x') == nullptr ? argv[0] : FromHex(argv[0]);
  request.archive = std::strchr(argv[1], 'a') != nullptr;
  request.contents = std::strchr(argv[1], 'c') != nullptr;
  request.directory = std::strchr(argv[1], 'd') != nullptr;
  request.follow = std::strchr(argv[1], 'l') != nullptr;
  ExtractOptions& extract = request.extract;
  request.parents = std::strchr(argv[1], 'p') != nullptr;
  extract.copy = true;
  extract.describe_directories = std::strchr(argv[1], 'm') != nullptr;
  extract.replace_kinds = std::strchr(argv[1], 'o') != nullptr;
  if (std::strcmp(argv[2], "self") == 0) {
    extract.own_all = true;
    extract.drop_set_id = true;
  } else if (std::strncmp(argv[2], kUser, std::strlen(kUser)) == 0) {
    request.user = argv[2] + std::strlen(kUser);
  } else if (std::strncmp(argv[2], kShift, std::strlen(kShift)) == 0) {
    return ReadShifts(argv[2] + std::strlen(kShift), extract);
  } else if (std::strcmp(argv[2], "keep") != 0) {
    return false;
  }
  return true;
}

std::string ParentOf(const std::string& path) {
  size_t slash = path.rfind('/');
  return slash == std::string::npos || slash == 0 ? "/" : path.substr(0, slash);
}

Status Open(const std::string& path, UniqueFd& out) {
  Status opened = OpenInRoot(kRootFd, path, O_RDONLY | O_DIRECTORY, out);
  return opened.ok() ? opened : Status::Errno(path, opened.err());
}

// Where a link leads that dangles: what is sent is made there. Links to links, too, as many as the
// kernel would follow; every step is resolved within the root.
std::string FollowLinks(std::string path) {
  constexpr int kMaxLinks = 40;
  for (int links = 0; links < kMaxLinks; ++links) {
    UniqueFd link;
    if (!OpenInRoot(kRootFd, path, O_PATH | O_NOFOLLOW, link).ok()) return path;
    char target[PATH_MAX];
    ssize_t size = ::readlinkat(link.get(), "", target, sizeof target);
    if (size <= 0) return path;
    std::string_view next(target, static_cast<size_t>(size));
    path = next[0] == '/' ? std::string(next) : ParentOf(path) + "/" + std::string(next);
  }
  return path;
}

// The path's object before the first byte of what is sent is read; errors are told when they
// matter.
struct Place {
  Status there;
  struct stat st {};  // when it is there
  UniqueFd file;      // for writing, when it is a file
  Status file_opened;
  UniqueFd directory;  // it, or the one that it is or will be in
  Status directory_opened;
  bool is_directory() const { return there.ok() && S_ISDIR(st.st_mode); }
};

// Directories that are made belong to whom the files are given to.
Status MakeParents(const Request& request) {
  if (!request.parents) return {};
  std::string path = request.directory ? request.path : ParentOf(request.path);
  std::vector<std::string> missing;
  for (std::string at = path; at.size() > 1; at = ParentOf(at)) {
    UniqueFd found;
    if (OpenInRoot(kRootFd, at, O_PATH, found).err() != ENOENT) break;
    missing.push_back(at);
  }
  UniqueFd made;
  Status status = EnsureInRoot(kRootFd, path, Missing::kDirectory, false, made);
  const auto& owner = request.extract.owner;
  if (!owner) return status;
  for (const std::string& at : missing) {
    if (status.ok()) status = OpenInRoot(kRootFd, at, O_PATH | O_DIRECTORY, made);
    if (!status.ok()) break;
    if (::fchownat(made.get(), "", owner->first, owner->second, AT_EMPTY_PATH) != 0) {
      status = Status::Errno(at);
    }
  }
  return status;
}

void Look(Request& request, Place& place) {
  UniqueFd found;
  place.there = OpenInRoot(kRootFd, request.path, O_PATH, found);
  if (request.follow && place.there.err() == ENOENT) request.path = FollowLinks(request.path);
  if (place.there.ok() && ::fstat(found.get(), &place.st) != 0) {
    place.there = Status::Errno(request.path);
  }
  if (place.there.ok() && S_ISREG(place.st.st_mode)) {
    place.file_opened = OpenInRoot(kRootFd, request.path, O_WRONLY | O_NONBLOCK, place.file);
    // The object may have become something else.
    if (place.file.valid() && ::fstat(place.file.get(), &place.st) != 0) place.file.reset();
  }
  std::string directory = place.is_directory() ? request.path : ParentOf(request.path);
  place.directory_opened = Open(directory, place.directory);
}

Status Fill(TarReader& reader, TarEntry& first, const Place& place, const Request& request) {
  if (!place.file_opened.ok()) return Status::Errno(request.path, place.file_opened.err());
  if (!place.file.valid() || !S_ISREG(place.st.st_mode)) {
    return Status::Error(request.path + " is neither a file nor a directory");
  }
  Extractor extractor(UniqueFd(), request.extract);
  extractor.Adapt(first);
  if (::ftruncate(place.file.get(), 0) != 0) return Status::Errno(request.path);
  return extractor.FillFile(reader, first, place.file.get());
}

// The cases of podman-cp(1), by what is sent and what is there.
Status Receive(TarReader& reader, Request& request, Place& place) {
  TarEntry first;
  bool end = false;
  Status next = reader.Next(first, end);
  if (!next.ok()) {
    return request.archive
               ? Status::Error("source must be a (compressed) tar archive when copying from stdin")
               : next;
  }
  bool tree = first.type == EntryType::kDirectory;
  bool there = place.there.ok();
  std::optional<std::string>& name = request.extract.first_name;
  if (place.is_directory()) {
    if (request.contents && tree) name = "";
  } else if (request.archive) {
    return Status::Error("destination must be a directory when copying from stdin");
  } else if (there) {
    if (tree && !request.extract.replace_kinds) {
      return Status::Error("destination must be a directory when copying a directory");
    }
    if (request.directory) return Status::Errno(request.path, ENOTDIR);
    // The sender has failed: what is there stays as it is.
    if (!tree) return end ? Status() : Fill(reader, first, place, request);
  } else if (place.there.err() != ENOENT || (request.directory && !tree)) {
    return Status::Errno(request.path, place.there.err());
  }
  if (!place.directory_opened.ok()) return place.directory_opened;
  if (!place.is_directory()) name = request.path.substr(request.path.rfind('/') + 1);
  if (end) return {};
  return Extractor(std::move(place.directory), request.extract).Run(reader, &first);
}

// The root's own files say who the user is: they are read with its names beginning there.
Status Identify(Request& request) {
  if (!request.user) return {};
  EnterRoot(kRootFd, false);
  Identity identity;
  Status known = ResolveIdentity(kRootFd, *request.user, {}, identity);
  if (known.ok()) request.extract.owner.emplace(identity.uid, identity.gid);
  return known;
}

// All work that goes by the root's names is done before.
Status ConfineToPlace(const Request& request, const Place& place) {
  ::close(kRootFd);
  PrepareDigests();
  Confinement limits{.duty = Duty::kWrite};
  if (place.directory.valid()) {
    limits.write.push_back(place.directory.get());
    // On the host, where everything belongs to the caller.
    EnterRoot(place.directory.get(), request.extract.own_all);
  }
  return Confine(limits);
}

int Fail(const Status& status) {
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  std::fflush(stderr);
  ::_exit(1);
}

}  // namespace

int ReceiveCommand(int argc, char** argv) {
  Request request;
  if (!Parse(argc, argv, request)) return 1;
  ::umask(0022);
  Place place;
  Status status = Identify(request);
  if (status.ok()) status = MakeParents(request);
  if (status.ok()) Look(request, place);
  if (status.ok()) status = ConfineToPlace(request, place);
  if (!status.ok()) return Fail(status);
  TarInput input(STDIN_FILENO, {}, TarInput::Digests::kNone);
  TarReader reader(input, 0);
  status = Receive(reader, request, place);
  std::string digest;
  uint64_t total = 0;
  if (status.ok()) status = input.Finish(digest, total);
  // An archive of nothing has blocks of zeros; a sender that has failed sends nothing at all.
  if (status.ok() && request.archive && total == 0) {
    status = Status::Error("nothing was sent: a tar archive is needed");
  }
  return status.ok() ? 0 : Fail(status);
}

}  // namespace bryo
