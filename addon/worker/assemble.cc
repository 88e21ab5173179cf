#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/io.h"
#include "sys/root_path.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/trees.h"

namespace bryo {
namespace {

constexpr size_t kPiece = 1 << 18;
constexpr uint32_t kMaxSegment = 64 << 20;
constexpr uint32_t kMaxName = 4096;

// Reads the steps that make an archive again, and takes them.
class Assembler {
 public:
  explicit Assembler(int root) : root_(root), piece_(kPiece) {}

  // A step is a letter, a length (32 bits, little-endian) and so many bytes: 'S' bytes of the
  // archive, 'F' a size (64 bits) and the name of a file whose content follows in it.
  Status Run() {
    for (;;) {
      char kind = 0;
      ssize_t got = ::read(STDIN_FILENO, &kind, 1);
      if (got == 0) return Status();
      uint32_t length = 0;
      if (got < 0 || !Number(length)) return Status::Error("the steps end in the middle");
      Status status = Status::Error("unknown step");
      if (kind == 'S' && length <= kMaxSegment) status = Segment(length);
      if (kind == 'F' && length > sizeof(uint64_t) && length <= kMaxName) status = File(length);
      if (!status.ok()) return status;
    }
  }

 private:
  template <typename T>
  bool Number(T& value) {
    unsigned char bytes[sizeof(T)];
    if (!ReadFull(STDIN_FILENO, bytes, sizeof(bytes))) return false;
    value = 0;
    for (size_t i = sizeof(T); i-- > 0;) value = static_cast<T>((value << 8) | bytes[i]);
    return true;
  }

  Status Segment(uint32_t length) {
    while (length > 0) {
      size_t part = length < piece_.size() ? length : piece_.size();
      if (!ReadFull(STDIN_FILENO, piece_.data(), part)) return Status::Error("a segment is cut");
      if (!WriteFull(STDOUT_FILENO, piece_.data(), part)) return Status::Errno("write");
      length -= static_cast<uint32_t>(part);
    }
    return Status();
  }

  Status File(uint32_t length) {
    uint64_t size = 0;
    std::string name(length - sizeof(size), '\0');
    if (!Number(size) || !ReadFull(STDIN_FILENO, name.data(), name.size())) {
      return Status::Error("a name is cut");
    }
    UniqueFd file;
    Status opened = OpenInRoot(root_, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW, file);
    if (!opened.ok()) return Status::Errno(name, opened.err());
    struct stat st {};
    if (::fstat(file.get(), &st) != 0) return Status::Errno(name);
    if (!S_ISREG(st.st_mode) || static_cast<uint64_t>(st.st_size) != size) {
      return Status::Error(name + " is not the file that the layer had");
    }
    return Content(file.get(), name, size);
  }

  Status Content(int fd, const std::string& name, uint64_t size) {
    while (size > 0) {
      size_t part = size < piece_.size() ? static_cast<size_t>(size) : piece_.size();
      ssize_t got = ::read(fd, piece_.data(), part);
      if (got < 0) return Status::Errno(name);
      if (got == 0) return Status::Error(name + " has shrunk");
      if (!WriteFull(STDOUT_FILENO, piece_.data(), static_cast<size_t>(got))) {
        return Status::Errno("write");
      }
      size -= static_cast<uint64_t>(got);
    }
    return Status();
  }

  int root_;
  std::vector<char> piece_;
};

}  // namespace

int AssembleCommand(int argc, char** argv) {
  if (argc != 1) return 1;
  UniqueFd root;
  Status status = OpenTree(argv[0], Use::kRead, Links::kFollowed, root);
  if (status.ok()) status = Confine({.duty = Duty::kRead, .read = {root.get()}});
  if (status.ok()) status = Assembler(root.get()).Run();
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
