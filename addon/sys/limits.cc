#include "sys/limits.h"

#include <sys/resource.h>

namespace bryo {

void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

Status ForbidResources() {
  const rlimit none{0, 0};
  for (auto resource : {RLIMIT_CORE, RLIMIT_NPROC, RLIMIT_MEMLOCK, RLIMIT_MSGQUEUE}) {
    if (::setrlimit(resource, &none) != 0) return Status::Errno("limits");
  }
  return {};
}

}  // namespace bryo
