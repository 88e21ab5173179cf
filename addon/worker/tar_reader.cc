#include "worker/tar_reader.h"

#include <algorithm>
#include <cstring>
#include <string_view>

namespace bryo {
namespace {

constexpr size_t kBlock = kTarBlock;
constexpr uint64_t kMaxMetadata = 1 << 20;

std::string Text(const char* field, size_t size) { return {field, ::strnlen(field, size)}; }

}  // namespace

struct TarReader::Header {
  char name[100];
  char mode[8];
  char uid[8];
  char gid[8];
  char size[12];
  char mtime[12];
  char checksum[8];
  char type;
  char link[100];
  char magic[6];
  char version[2];
  char owner[32];
  char group[32];
  char major[8];
  char minor[8];
  char prefix[155];
  char unused[12];

  bool IsZero() const {
    const auto* bytes = reinterpret_cast<const char*>(this);
    return std::all_of(bytes, bytes + kBlock, [](char c) { return c == 0; });
  }

  bool ChecksumFits() const {
    uint64_t wanted = 0;
    if (!ParseTarNumber(checksum, sizeof(checksum), wanted)) return false;
    const auto* bytes = reinterpret_cast<const unsigned char*>(this);
    uint64_t sum = 0;
    int64_t signed_sum = 0;
    for (size_t i = 0; i < kBlock; ++i) {
      bool own = i >= 148 && i < 156;
      sum += own ? ' ' : bytes[i];
      signed_sum += own ? ' ' : static_cast<signed char>(bytes[i]);
    }
    return sum == wanted || signed_sum == static_cast<int64_t>(wanted);
  }
};

Status TarReader::ReadHeader(Header& header, bool& end) {
  static_assert(sizeof(Header) == kBlock);
  Status read = input_.ReadExact(reinterpret_cast<char*>(&header), kBlock, end);
  if (!read.ok() || end) return read;
  if (header.IsZero()) {
    end = true;
    return {};
  }
  return header.ChecksumFits() ? Status() : Status::Error("an entry has a wrong checksum");
}

Status TarReader::ReadMetadata(uint64_t size, std::string& out) {
  if (size > kMaxMetadata) return Status::Error("an extended header is too large");
  out.resize(size);
  bool end = false;
  Status read = size > 0 ? input_.ReadExact(out.data(), size, end) : Status();
  if (!read.ok() || end) return end ? Status::Error("the layer is truncated") : read;
  return input_.Skip((kBlock - size % kBlock) % kBlock);
}

Status TarReader::TakeExtension(char type, uint64_t size, bool& taken) {
  taken = type == 'x' || type == 'g' || type == 'L' || type == 'K' || type == 'X';
  if (!taken) return {};
  std::string data;
  Status read = ReadMetadata(size, data);
  if (!read.ok()) return read;
  switch (type) {
    case 'L':
      long_name_ = Text(data.data(), data.size());
      has_long_name_ = true;
      return {};
    case 'K':
      long_link_ = Text(data.data(), data.size());
      has_long_link_ = true;
      return {};
    case 'g':
      read = ParsePax(data, global_);
      // Holes of many files at the same places: only GNU tar would read them.
      return read.ok() && global_.sparse.any ? Status::Error("malformed sparse entry: global")
                                             : read;
    default:
      local_ = {};  // of two in a row the second counts alone, as for GNU tar and Go
      return ParsePax(data, local_);
  }
}

Status TarReader::Build(const Header& header, TarEntry& entry) {
  uint64_t mode = 0;
  uint64_t mtime = 0;
  bool valid = ParseTarNumber(header.mode, sizeof(header.mode), mode) &&
               ParseTarNumber(header.uid, sizeof(header.uid), entry.uid) &&
               ParseTarNumber(header.gid, sizeof(header.gid), entry.gid) &&
               ParseTarNumber(header.size, sizeof(header.size), entry.size);
  if (!valid) return Status::Error("an entry's header holds a malformed number");
  // Times before 1970 are negative numbers in base 256; nothing depends on them.
  if (!ParseTarNumber(header.mtime, sizeof(header.mtime), mtime)) mtime = 0;
  entry.mode = static_cast<uint32_t>(mode & 07777);
  entry.mtime = {static_cast<time_t>(mtime), 0};
  entry.path = Text(header.name, sizeof(header.name));
  entry.link = Text(header.link, sizeof(header.link));
  bool ustar = std::memcmp(header.magic, "ustar\0", 6) == 0;
  if (ustar && header.prefix[0] != '\0') {
    entry.path = Text(header.prefix, sizeof(header.prefix)) + "/" + entry.path;
  }
  if (has_long_name_) entry.path = long_name_;
  if (has_long_link_) entry.link = long_link_;
  entry.xattrs.clear();
  for (const PaxFields* fields : {&global_, &local_}) {
    if (fields->path) entry.path = *fields->path;
    if (fields->sparse.name) entry.path = *fields->sparse.name;
    if (fields->link) entry.link = *fields->link;
    if (fields->size) entry.size = *fields->size;
    if (fields->uid) entry.uid = *fields->uid;
    if (fields->gid) entry.gid = *fields->gid;
    if (fields->mtime) entry.mtime = *fields->mtime;
    entry.xattrs.insert(entry.xattrs.end(), fields->xattrs.begin(), fields->xattrs.end());
  }
  return {};
}

Status TarReader::Next(TarEntry& entry, bool& end) {
  Status skipped = input_.Skip(left_ + padding_);
  left_ = padding_ = 0;
  if (!skipped.ok()) return skipped;
  local_ = {};
  has_long_name_ = has_long_link_ = false;
  Header header;
  for (;;) {
    Status read = ReadHeader(header, end);
    if (!read.ok() || end) return read;
    uint64_t size = 0;
    if (!ParseTarNumber(header.size, sizeof(header.size), size)) {
      return Status::Error("an entry's header holds a malformed number");
    }
    bool taken = false;
    Status extension = TakeExtension(header.type, size, taken);
    if (!extension.ok()) return extension;
    if (!taken) break;
  }
  Status built = Build(header, entry);
  if (!built.ok()) return built;
  switch (header.type) {
    case '0':
    case '\0':
    case '7':
    case 'S':
      // Before ustar a directory was a file whose name ends in a slash.
      entry.type = !entry.path.empty() && entry.path.back() == '/' ? EntryType::kDirectory
                                                                   : EntryType::kFile;
      break;
    case '1':
      entry.type = EntryType::kHardLink;
      break;
    case '2':
      entry.type = EntryType::kSymlink;
      break;
    case '3':
      entry.type = EntryType::kCharDevice;
      break;
    case '4':
      entry.type = EntryType::kBlockDevice;
      break;
    case '5':
      entry.type = EntryType::kDirectory;
      break;
    case '6':
      entry.type = EntryType::kFifo;
      break;
    default:
      return Status::Error(std::string("an entry has the unknown type '") + header.type + "'");
  }
  // Only files have content; a size elsewhere says nothing about what follows (as GNU tar reads
  // it).
  if (entry.type != EntryType::kFile) entry.size = 0;
  left_ = entry.size;
  padding_ = (kBlock - entry.size % kBlock) % kBlock;
  Status sparse = TakeSparse(reinterpret_cast<const char*>(&header), header.type, entry);
  return sparse.ok() ? Count(entry.size) : sparse;
}

}  // namespace bryo
