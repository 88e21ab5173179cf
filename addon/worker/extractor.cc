#include "worker/extractor.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "sys/io.h"
#include "sys/made_node.h"
#include "sys/remove_tree.h"
#include "sys/root_path.h"
#include "worker/entry_attributes.h"
#include "worker/entry_path.h"
#include "worker/hole_writer.h"
#include "worker/layer_marks.h"
#include "worker/mark_names.h"

namespace bryo {
namespace {

constexpr uint64_t kLargestId = 0xfffffffe;

// An entry that is made in a directory with the set-group-id bit has the directory's group, not the
// maker's. Most files are root's, and asking is cheaper than changing.
bool Belongs(int fd, uid_t uid, gid_t gid) {
  struct stat st {};
  if (uid != 0 || gid != 0) return false;
  return ::fstat(fd, &st) == 0 && st.st_uid == uid && st.st_gid == gid;
}

Status Name(const TarEntry& entry, const Status& status) {
  if (status.ok()) return status;
  if (status.err() == 0) return status;
  return Status::Errno("cannot unpack \"" + entry.path + "\": " + status.what(), status.err());
}

}  // namespace

Status Extractor::OpenParent(const std::string& path) {
  if (parent_.valid() && parent_path_ == path) return {};
  parent_.reset();
  parent_path_ = path;
  if (path.empty()) {
    parent_.reset(::openat(root_.get(), ".", O_PATH | O_DIRECTORY | O_CLOEXEC));
    return parent_.valid() ? Status() : Status::Errno("open the layer");
  }
  Status opened = OpenInRoot(root_.get(), path, O_PATH | O_DIRECTORY, parent_);
  if (opened.ok() || opened.err() != ENOENT) return opened;
  return EnsureInRoot(root_.get(), path, Missing::kDirectory, false, parent_);
}

Status Extractor::Locate(std::string_view path, Place& place) {
  std::string normal;
  Status normalized = NormalizePath(path, normal);
  if (!normalized.ok()) return normalized;
  size_t slash = normal.rfind('/');
  place.name = slash == std::string::npos ? normal : normal.substr(slash + 1);
  Status opened = OpenParent(slash == std::string::npos ? "" : normal.substr(0, slash));
  place.parent = parent_.get();
  return opened;
}

// Removes what the layer itself has put at the place before.
Status Extractor::MakeRoom(const Place& place) {
  if (options_.copy && !options_.replace_kinds) {
    struct stat st {};
    bool there = ::fstatat(place.parent, place.name.c_str(), &st, AT_SYMLINK_NOFOLLOW) == 0;
    if (there && S_ISDIR(st.st_mode)) return Status::Errno("replace a directory", EISDIR);
  }
  Status removed = RemoveTree(place.parent, place.name.c_str());
  // The removed tree may have been on the way to the remembered directory.
  parent_path_ = "\n";
  return removed;
}

Status Extractor::ApplyMark(const Place& place) {
  if (place.name == kOpaqueMark) return MakeOpaque(place.parent);
  std::string hidden = place.name.substr(kMarkPrefix.size());
  if (IsMark(hidden)) return {};  // AUFS's own files
  if (hidden.empty() || hidden == "." || hidden == "..") return UnsafePath(place.name);
  struct stat st {};
  if (::fstatat(place.parent, hidden.c_str(), &st, AT_SYMLINK_NOFOLLOW) != 0) {
    return MakeLayerWhiteout(place.parent, hidden.c_str());
  }
  // The layer has it again: a file hides what is below by itself, a directory must be told to.
  if (!S_ISDIR(st.st_mode)) return {};
  UniqueFd directory(
      ::openat(place.parent, hidden.c_str(), O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  return directory.valid() ? MakeOpaque(directory.get()) : Status::Errno(hidden);
}

Status Extractor::SetMetadata(const TarEntry& entry, int fd, mode_t more) {
  if (!options_.own_all) {
    auto uid = static_cast<uid_t>(entry.uid);
    auto gid = static_cast<gid_t>(entry.gid);
    if (!Belongs(fd, uid, gid) && ::fchown(fd, uid, gid) != 0) {
      if (errno != EINVAL) return Status::Errno("change the owner");
      return Status::Error("\"" + entry.path + "\" belongs to " + std::to_string(uid) + ":" +
                           std::to_string(gid) + ", but not that many ids are mapped" +
                           " (see 'bryo doctor')");
    }
  }
  if (::fchmod(fd, entry.mode | more) != 0) return Status::Errno("change the mode");
  for (const auto& [name, value] : entry.xattrs) {
    // Where all ids are one there is nobody whom a list could name.
    if (!MayKeep(name) || (options_.own_all && name == kAccessAcl)) continue;
    if (name == kDefaultAcl) continue;  // set last
    Status set = SetAttribute(fd, entry.path, name, value);
    if (!set.ok()) return set;
  }
  const timespec times[2] = {{0, UTIME_OMIT}, entry.mtime};
  return ::futimens(fd, times) == 0 ? Status() : Status::Errno("set the time");
}

Status Extractor::WriteFile(TarReader& reader, const TarEntry& entry, const Place& place) {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  UniqueFd file(::openat(place.parent, place.name.c_str(), kFlags, 0600));
  if (!file.valid() && errno == EEXIST) {
    Status room = MakeRoom(place);
    if (!room.ok()) return room;
    file.reset(::openat(place.parent, place.name.c_str(), kFlags, 0600));
  }
  if (!file.valid()) return Status::Errno("create the file");
  return FillFile(reader, entry, file.get());
}

Status Extractor::FillFile(TarReader& reader, const TarEntry& entry, int fd) {
  HoleWriter writer(fd);
  for (TarReader::Piece piece;;) {
    Status read = reader.Content(piece);
    if (!read.ok()) return read;
    if (piece.end()) break;
    writer.Skip(piece.hole);
    if (piece.size > 0 && !writer.Write(piece.data, piece.size)) return Status::Errno("write");
    bytes_ += piece.hole + piece.size;
  }
  if (!writer.Finish()) return Status::Errno("write");
  return SetMetadata(entry, fd);
}

Status Extractor::Extract(TarReader& reader, const TarEntry& entry) {
  if (!options_.copy && IsBelowMark(entry.path)) return {};
  Place place;
  Status located = Locate(entry.path, place);
  if (!located.ok()) return located;
  // Of whatever type, as docker and podman have it.
  if (!options_.copy && IsMark(place.name)) return ApplyMark(place);
  bool directory = entry.type == EntryType::kDirectory;
  if (!directory && place.name.empty()) return UnsafePath(entry.path);
  if (!options_.own_all && (entry.uid > kLargestId || entry.gid > kLargestId)) {
    return Status::Error("an id is too large");
  }
  switch (entry.type) {
    case EntryType::kDirectory:
      return WriteDirectory(entry, place);
    case EntryType::kFile:
      return WriteFile(reader, entry, place);
    case EntryType::kHardLink:
      return WriteHardLink(entry, place);
    case EntryType::kSymlink:
      return WriteSymlink(entry, place);
    default:
      return WriteSpecial(entry, place);
  }
}

namespace {

uint32_t Shifted(uint32_t id, const std::vector<IdExtent>& shifts) {
  for (const IdExtent& shift : shifts) {
    if (id >= shift.from && id - shift.from < shift.size) return shift.to + (id - shift.from);
  }
  return id;
}

}  // namespace

void Extractor::Adapt(TarEntry& entry) const {
  entry.uid = Shifted(entry.uid, options_.uid_shifts);
  entry.gid = Shifted(entry.gid, options_.gid_shifts);
  if (options_.owner) {
    entry.uid = options_.owner->first;
    entry.gid = options_.owner->second;
  }
  if (options_.drop_set_id) entry.mode &= 01777;
  if (!options_.first_name) return;
  auto rename = [&](std::string& path) {
    size_t start = path.find_first_not_of('/');
    size_t slash = start == std::string::npos ? start : path.find('/', start);
    std::string rest = slash == std::string::npos ? "" : path.substr(slash);
    path = *options_.first_name + rest;
  };
  rename(entry.path);
  if (entry.type == EntryType::kHardLink) rename(entry.link);
}

Status Extractor::Run(TarReader& reader, TarEntry* first) {
  TarEntry entry;
  for (;;) {
    bool end = false;
    if (first != nullptr) {
      entry = std::move(*first);
      first = nullptr;
    } else {
      Status next = reader.Next(entry, end);
      if (!next.ok()) return next;
    }
    if (end) return FinishDirectories();
    Adapt(entry);
    ++entries_;
    if (options_.max_entries != 0 && entries_ > options_.max_entries) {
      return Status::Error("the layer holds more than " + std::to_string(options_.max_entries) +
                           " entries");
    }
    Status extracted = Name(entry, Extract(reader, entry));
    if (!extracted.ok()) return extracted;
  }
}

}  // namespace bryo
