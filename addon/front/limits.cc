#include "front/limits.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <vector>

#include "sys/fd.h"

namespace bryo {
namespace {

// Measured: the engine starts with 3 free descriptors and 384 MiB of addresses, most of which it
// only reserves.
constexpr size_t kDescriptors = 4;
constexpr rlim_t kAddressSpace = rlim_t{512} << 20;

bool HasDescriptors() {
  rlimit before{};
  if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return true;
  // The engine takes what it may have.
  rlimit raised{before.rlim_max, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &raised);
  std::vector<UniqueFd> tried;
  while (tried.size() < kDescriptors) {
    UniqueFd fd(::open("/", O_PATH | O_CLOEXEC));
    if (!fd.valid()) break;
    tried.push_back(std::move(fd));
  }
  ::setrlimit(RLIMIT_NOFILE, &before);
  return tried.size() == kDescriptors;
}

}  // namespace

void OpenStandardStreams() {
  for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; ++fd) {
    // The lowest free number is what open(2) gives.
    if (::fcntl(fd, F_GETFD) < 0) ::open("/dev/null", O_RDWR);
  }
}

std::string MissingResource() {
  if (!HasDescriptors())
    return "too many open files: the limit of descriptors leaves too few (see 'ulimit -n')";
  for (auto [resource, letter] : {std::pair{RLIMIT_AS, 'v'}, std::pair{RLIMIT_DATA, 'd'}}) {
    rlimit limit{};
    if (::getrlimit(resource, &limit) != 0 || limit.rlim_cur >= kAddressSpace) continue;
    return "the limit of memory is too low: 'ulimit -" + std::string(1, letter) +
           "' must be at least " + std::to_string(kAddressSpace >> 10) + " (512 MiB)";
  }
  return {};
}

}  // namespace bryo
