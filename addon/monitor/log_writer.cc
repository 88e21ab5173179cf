#include "monitor/log_writer.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bryo {
namespace {

constexpr size_t kStagingSize = 65536;
constexpr size_t kMaxPiece = 32768;
constexpr size_t kRecordOverhead = kTimestampSize + sizeof(" stdout F \n") - 1;

// Untouched pages of it cost nothing: a quiet container's monitor uses the first one only.
char g_staging[kStagingSize];

}  // namespace

void LogWriter::Configure(const std::string& path, uint64_t max_size, uint64_t max_files) {
  path_ = path;
  max_size_ = max_size == 0 ? 0 : std::max(max_size, kSmallestCap);
  max_files_ = std::max<uint64_t>(max_files, 1);
  if (enabled()) Open();
}

bool LogWriter::Open() {
  file_.reset(::open(path_.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file_.valid()) return false;
  struct stat st {};
  if (::fstat(file_.get(), &st) != 0 || !S_ISREG(st.st_mode)) {
    file_.reset();
    return false;
  }
  size_ = static_cast<uint64_t>(st.st_size);
  // A monitor killed while writing leaves half a record: end it, so that it spoils no other.
  char last = '\n';
  if (size_ > 0 && ::pread(file_.get(), &last, 1, st.st_size - 1) == 1 && last != '\n') {
    if (::write(file_.get(), "\n", 1) == 1) ++size_;
  }
  return true;
}

bool LogWriter::Rotate() {
  // The new file first: on a disk without a free inode the old ones stay as they are.
  std::string fresh = path_ + ".new";
  ::unlink(fresh.c_str());
  UniqueFd next(
      ::open(fresh.c_str(), O_RDWR | O_APPEND | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!next.valid()) return false;
  for (uint64_t i = max_files_ - 1; i > 0; --i) {
    std::string from = i == 1 ? path_ : path_ + "." + std::to_string(i - 1);
    ::rename(from.c_str(), (path_ + "." + std::to_string(i)).c_str());
  }
  if (::rename(fresh.c_str(), path_.c_str()) != 0) return false;
  file_ = std::move(next);
  size_ = 0;
  return true;
}

void LogWriter::Flush() {
  size_t done = 0;
  while (done < staged_) {
    ssize_t n = ::write(file_.get(), g_staging + done, staged_ - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += static_cast<size_t>(n);
  }
  if (done == staged_) {
    size_ += done;
  } else {
    lost_ += staged_;
    // Cut the half record off. Where even that fails, reopening ends it with a newline.
    if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) file_.reset();
  }
  staged_ = 0;
}

bool LogWriter::EnsureRoom(size_t record) {
  bool full = max_size_ != 0 && size_ + staged_ > 0 && size_ + staged_ + record > max_size_;
  if (full || staged_ + record > kStagingSize) Flush();
  if (!file_.valid() && !Open()) return false;
  // Asked again: after a failed flush the file is shorter than it would have been.
  full = max_size_ != 0 && size_ > 0 && size_ + staged_ + record > max_size_;
  return !full || Rotate();
}

void LogWriter::Append(const char* prefix, size_t prefix_size, char tag, const char* data,
                       size_t size) {
  size_t record = prefix_size + 2 + size + 1;
  if (!EnsureRoom(record)) {
    lost_ += record;
    return;
  }
  char* at = g_staging + staged_;
  std::memcpy(at, prefix, prefix_size);
  at += prefix_size;
  *at++ = tag;
  *at++ = ' ';
  std::memcpy(at, data, size);
  at[size] = '\n';
  staged_ += record;
}

void LogWriter::Write(std::string_view stream, const char* data, size_t size, const timespec& now) {
  if (!enabled()) return;
  char prefix[kRecordOverhead];
  formatter_.Format(now, prefix);
  char* at = prefix + kTimestampSize;
  *at++ = ' ';
  std::memcpy(at, stream.data(), stream.size());
  at += stream.size();
  *at++ = ' ';
  auto prefix_size = static_cast<size_t>(at - prefix);
  size_t limit = kMaxPiece;
  if (max_size_ != 0) limit = std::min<size_t>(limit, max_size_ - kRecordOverhead);
  while (size > 0) {
    const auto* newline = static_cast<const char*>(std::memchr(data, '\n', size));
    size_t line = newline == nullptr ? size : static_cast<size_t>(newline - data);
    size_t piece = std::min(line, limit);
    bool whole = newline != nullptr && piece == line;
    Append(prefix, prefix_size, whole ? 'F' : 'P', data, piece);
    piece += whole ? 1 : 0;
    data += piece;
    size -= piece;
  }
  Flush();
}

}  // namespace bryo
