#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"

namespace bryo {

int OwnCommand(int argc, char** argv) {
  if (argc != 3) return 125;
  auto uid = static_cast<uid_t>(std::strtoul(argv[0], nullptr, 10));
  auto gid = static_cast<gid_t>(std::strtoul(argv[1], nullptr, 10));
  UniqueFd place(::open(argv[2], O_PATH | O_NOFOLLOW | O_CLOEXEC));
  Status confined = Confine({.duty = Duty::kWrite});
  if (place.valid() && confined.ok() && ::fchownat(place.get(), "", uid, gid, AT_EMPTY_PATH) == 0) {
    return 0;
  }
  const char* why = errno == EINVAL ? "no such id in containers" : std::strerror(errno);
  std::fprintf(stderr, "bryo-worker: %s\n", why);
  return 1;
}

}  // namespace bryo
