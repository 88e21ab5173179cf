#include "worker/landlock.h"

#include <linux/landlock.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sys/fd.h"
#include "sys/sanitized.h"

namespace bryo {
namespace {

// Rights of newer kernels than the headers of the machine that builds.
constexpr uint64_t kRefer = 1ULL << 13;        // version 2
constexpr uint64_t kTruncate = 1ULL << 14;     // version 3
constexpr uint64_t kDeviceIoctl = 1ULL << 15;  // version 5
constexpr uint64_t kConnections = 0b11;        // version 4: bind, connect
constexpr uint64_t kScopes = 0b11;             // version 6: abstract sockets, signals

constexpr uint64_t kListing = LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kReading = kListing | LANDLOCK_ACCESS_FS_READ_FILE;
// Directories that are too deep are moved up before they are removed.
constexpr uint64_t kRemoving = kListing | LANDLOCK_ACCESS_FS_REMOVE_DIR |
                               LANDLOCK_ACCESS_FS_REMOVE_FILE | LANDLOCK_ACCESS_FS_MAKE_DIR |
                               kRefer;
constexpr uint64_t kWriting = kReading | kRemoving | kTruncate | LANDLOCK_ACCESS_FS_WRITE_FILE |
                              LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_REG |
                              LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO |
                              LANDLOCK_ACCESS_FS_MAKE_SYM;
// Rights that no duty has.
constexpr uint64_t kNoDeadline =
    LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_MAKE_BLOCK | kDeviceIoctl;

// As the newest known kernel has it; older ones take the beginning.
struct Ruleset {
  uint64_t files;
  uint64_t connections;
  uint64_t scopes;
};

uint64_t FilesKnownTo(long version) {
  uint64_t known = kRefer - 1;
  if (version >= 2) known |= kRefer;
  if (version >= 3) known |= kTruncate;
  if (version >= 5) known |= kDeviceIoctl;
  return known;
}

size_t SizeKnownTo(long version) {
  if (version >= 6) return sizeof(Ruleset);
  return version >= 4 ? offsetof(Ruleset, scopes) : offsetof(Ruleset, connections);
}

bool Allow(int ruleset, const std::vector<int>& directories, uint64_t rights) {
  for (int directory : directories) {
    landlock_path_beneath_attr beneath{};
    beneath.allowed_access = rights;
    beneath.parent_fd = directory;
    if (::syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) != 0) {
      return false;
    }
  }
  return true;
}

}  // namespace

void RestrictFiles(const Confinement& limits) {
  long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  // The first version always refuses links and renames between directories.
  if (version < 1 || (version < 2 && !limits.write.empty())) return;
  Ruleset wanted{kNoDeadline | kWriting, kConnections, kScopes};
  if (kSanitized) wanted.files &= ~kReading;
  wanted.files &= FilesKnownTo(version);
  UniqueFd ruleset(
      static_cast<int>(::syscall(SYS_landlock_create_ruleset, &wanted, SizeKnownTo(version), 0)));
  if (!ruleset.valid()) return;
  uint64_t read = limits.duty == Duty::kList ? kListing : kReading;
  uint64_t write = limits.duty == Duty::kRemove ? kRemoving : kWriting;
  bool ruled = (kSanitized || Allow(ruleset.get(), limits.read, read)) &&
               Allow(ruleset.get(), limits.write, write & wanted.files);
  if (ruled) ::syscall(SYS_landlock_restrict_self, ruleset.get(), 0);
}

}  // namespace bryo
