// Unpacks any bytes as a layer. Nothing may appear beside the destination, whatever the archive
// says.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "sys/fd.h"
#include "sys/remove_tree.h"
#include "worker/extractor.h"
#include "worker/tar_input.h"
#include "worker/tar_reader.h"

namespace {

constexpr uint64_t kMaxBytes = 1 << 20;
constexpr uint64_t kMaxEntries = 200;

// A scratch directory that holds `root` and nothing else.
int Scratch() {
  static const int fd = [] {
    const char* base = std::getenv("TMPDIR");
    std::string path = std::string(base != nullptr ? base : "/tmp") + "/bryo-fuzz-XXXXXX";
    if (::mkdtemp(path.data()) == nullptr) std::abort();
    static std::string kept = path;
    std::atexit([] { ::rmdir(kept.c_str()); });
    return ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  }();
  return fd;
}

void CheckNothingBeside(int scratch) {
  bryo::UniqueFd again(::openat(scratch, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* directory = ::fdopendir(again.release());
  if (directory == nullptr) std::abort();
  while (const dirent* entry = ::readdir(directory)) {
    const char* name = entry->d_name;
    if (std::strcmp(name, ".") != 0 && std::strcmp(name, "..") != 0 &&
        std::strcmp(name, "root") != 0) {
      std::abort();
    }
  }
  ::closedir(directory);
}

// A header with a wrong checksum ends an archive at once: most mutations would never be looked at.
void MendChecksums(uint8_t* data, size_t size) {
  constexpr size_t kBlock = 512;
  constexpr size_t kMagic = 257;
  constexpr size_t kSum = 148;
  constexpr size_t kSumSize = 8;
  for (size_t at = 0; at + kBlock <= size; at += kBlock) {
    uint8_t* header = data + at;
    if (std::memcmp(header + kMagic, "ustar", 5) != 0) continue;  // also "ustar  " of GNU tar
    std::memset(header + kSum, ' ', kSumSize);
    unsigned sum = 0;
    for (size_t i = 0; i < kBlock; ++i) sum += header[i];
    char text[kSumSize];
    std::snprintf(text, sizeof(text), "%06o", sum);
    std::memcpy(header + kSum, text, kSumSize - 1);
  }
}

}  // namespace

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max);

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max, unsigned seed) {
  size_t mutated = LLVMFuzzerMutate(data, size, max);
  // One in eight stays wrong, for the check itself.
  if (seed % 8 != 0) MendChecksums(data, mutated);
  return mutated;
}

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  int scratch = Scratch();
  if (::mkdirat(scratch, "root", 0700) != 0) std::abort();
  bryo::UniqueFd layer(::memfd_create("layer", MFD_CLOEXEC));
  if (::write(layer.get(), data, size) != static_cast<ssize_t>(size)) std::abort();
  ::lseek(layer.get(), 0, SEEK_SET);
  {
    bryo::TarInput input(layer.get(), {.bytes = kMaxBytes, .unsuspected = kMaxBytes / 64});
    bryo::TarReader reader(input, kMaxBytes);
    bryo::UniqueFd root(::openat(scratch, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    bryo::Extractor extractor(std::move(root), {true, kMaxEntries});
    (void)extractor.Run(reader);
    // Holes count, too.
    if (extractor.bytes() > kMaxBytes) std::abort();
  }
  CheckNothingBeside(scratch);
  if (!bryo::RemoveTree(scratch, "root").ok()) std::abort();
  return 0;
}
