#include "worker/tar_writer.h"

#include <isa-l/igzip_lib.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "sys/io.h"

namespace bryo {
namespace {

// "ustar" and the version of POSIX.1-1988.
constexpr char kMagic[] = {'u', 's', 't', 'a', 'r', '\0', '0', '0'};
constexpr size_t kBlockSize = 512;
constexpr size_t kOutputSize = 1 << 18;
// As much is not worth being copied first.
constexpr size_t kLargePiece = 1 << 15;
// Limits of a ustar header's numbers.
constexpr uint64_t kMaxSize = 077777777777;
constexpr uint64_t kMaxId = 07777777;
constexpr size_t kMaxName = 100;

char TypeFlag(EntryType type) {
  switch (type) {
    case EntryType::kHardLink:
      return '1';
    case EntryType::kSymlink:
      return '2';
    case EntryType::kCharDevice:
      return '3';
    case EntryType::kBlockDevice:
      return '4';
    case EntryType::kDirectory:
      return '5';
    case EntryType::kFifo:
      return '6';
    case EntryType::kFile:
      break;
  }
  return '0';
}

void Octal(char* field, size_t width, uint64_t value) {
  for (size_t i = width - 1; i-- > 0; value >>= 3) field[i] = static_cast<char>('0' + (value & 7));
}

// "LENGTH KEY=VALUE\n", in which the length counts itself.
std::string Record(std::string_view key, std::string_view value) {
  std::string rest = " " + std::string(key) + "=" + std::string(value) + "\n";
  size_t length = rest.size() + 1;
  while (std::to_string(length).size() + rest.size() != length) {
    length = std::to_string(length).size() + rest.size();
  }
  return std::to_string(length) + rest;
}

}  // namespace

struct TarWriter::Compressor {
  isal_zstream stream;
  std::vector<uint8_t> level_buffer;
  std::vector<uint8_t> output;
};

TarWriter::TarWriter(int fd, bool compress, ArchiveDigests* digests) : fd_(fd), digests_(digests) {
  if (!compress) {
    gathered_.reserve(kOutputSize);
    return;
  }
  compressor_ = std::make_unique<Compressor>();
  isal_zstream& stream = compressor_->stream;
  isal_deflate_init(&stream);
  stream.gzip_flag = IGZIP_GZIP;
  stream.level = 1;
  compressor_->level_buffer.resize(ISAL_DEF_LVL1_DEFAULT);
  stream.level_buf = compressor_->level_buffer.data();
  stream.level_buf_size = ISAL_DEF_LVL1_DEFAULT;
  compressor_->output.resize(kOutputSize);
}

TarWriter::~TarWriter() = default;

Status TarWriter::Put(const void* data, size_t size) {
  bool written = fd_ < 0 || WriteFull(fd_, static_cast<const char*>(data), size);
  return written ? Status() : Status::Errno("write the archive");
}

Status TarWriter::Plain(const char* data, size_t size) {
  if (digests_ != nullptr) digests_->plain.Update(data, size);
  return Put(data, size);
}

Status TarWriter::FlushGathered() {
  if (gathered_.empty()) return {};
  Status put = Plain(gathered_.data(), gathered_.size());
  gathered_.clear();
  return put;
}

// Small pieces, of which an archive of small files has three for each, would wake its reader up as
// often.
Status TarWriter::Gather(const char* data, size_t size, bool last) {
  if (gathered_.size() + size > kOutputSize) {
    Status put = FlushGathered();
    if (!put.ok()) return put;
  }
  if (size >= kLargePiece) {
    Status put = FlushGathered();
    return put.ok() ? Plain(data, size) : put;
  }
  gathered_.insert(gathered_.end(), data, data + size);
  return last ? FlushGathered() : Status();
}

Status TarWriter::Write(const char* data, size_t size, bool last) {
  if (!compressor_) return Gather(data, size, last);
  if (digests_ != nullptr) digests_->plain.Update(data, size);
  isal_zstream& stream = compressor_->stream;
  stream.next_in = reinterpret_cast<uint8_t*>(const_cast<char*>(data));
  stream.avail_in = static_cast<uint32_t>(size);
  stream.end_of_stream = last ? 1 : 0;
  do {
    stream.next_out = compressor_->output.data();
    stream.avail_out = kOutputSize;
    if (isal_deflate(&stream) != COMP_OK) return Status::Error("cannot compress the layer");
    size_t made = kOutputSize - stream.avail_out;
    if (digests_ != nullptr) digests_->written.Update(compressor_->output.data(), made);
    Status put = Put(compressor_->output.data(), made);
    if (!put.ok()) return put;
  } while (stream.avail_out == 0 || stream.avail_in > 0);
  return {};
}

Status TarWriter::Block(const TarEntry& entry, std::string_view path, std::string_view link,
                        char type, uint64_t size) {
  char header[kBlockSize] = {};
  std::memcpy(header, path.data(), std::min(path.size(), kMaxName));
  Octal(header + 100, 8, entry.mode & 07777);
  Octal(header + 108, 8, std::min(entry.uid, kMaxId));
  Octal(header + 116, 8, std::min(entry.gid, kMaxId));
  Octal(header + 124, 12, std::min(size, kMaxSize));
  Octal(header + 136, 12, static_cast<uint64_t>(std::max<time_t>(entry.mtime.tv_sec, 0)));
  std::memset(header + 148, ' ', 8);
  header[156] = type;
  std::memcpy(header + 157, link.data(), std::min(link.size(), kMaxName));
  std::memcpy(header + 257, kMagic, sizeof(kMagic));
  unsigned sum = 0;
  for (char byte : header) sum += static_cast<unsigned char>(byte);
  std::snprintf(header + 148, 8, "%06o", sum);
  header[155] = ' ';
  return Write(header, sizeof(header), false);
}

Status TarWriter::Pax(const TarEntry& entry) {
  std::string records;
  if (entry.path.size() > kMaxName) records += Record("path", entry.path);
  if (entry.link.size() > kMaxName) records += Record("linkpath", entry.link);
  if (entry.size > kMaxSize) records += Record("size", std::to_string(entry.size));
  if (entry.uid > kMaxId) records += Record("uid", std::to_string(entry.uid));
  if (entry.gid > kMaxId) records += Record("gid", std::to_string(entry.gid));
  for (const auto& [name, value] : entry.xattrs) records += Record("SCHILY.xattr." + name, value);
  if (records.empty()) return {};
  TarEntry header;
  header.mode = 0644;
  Status written = Block(header, "PaxHeaders/entry", "", 'x', records.size());
  if (written.ok()) written = Content(records.data(), records.size());
  return written.ok() ? EndContent(records.size()) : written;
}

Status TarWriter::Header(const TarEntry& entry) {
  Status extended = Pax(entry);
  if (!extended.ok()) return extended;
  return Block(entry, entry.path, entry.link, TypeFlag(entry.type), entry.size);
}

Status TarWriter::Content(const char* data, size_t size) { return Write(data, size, false); }

Status TarWriter::EndContent(uint64_t size) {
  static constexpr char kZeros[kBlockSize] = {};
  size_t rest = size % kBlockSize;
  return rest == 0 ? Status() : Write(kZeros, kBlockSize - rest, false);
}

Status TarWriter::Finish() {
  static constexpr char kEnd[2 * kBlockSize] = {};
  return Write(kEnd, sizeof(kEnd), true);
}

}  // namespace bryo
