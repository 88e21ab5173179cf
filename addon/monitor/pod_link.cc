#include "monitor/pod_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bryo {

UniqueFd OpenPodLink(const std::string& path, bool holder) {
  if (path.empty()) return {};
  if (holder) {
    ::unlink(path.c_str());
    if (::mkfifo(path.c_str(), 0600) != 0) return {};
  }
  int access = holder ? O_RDONLY : O_WRONLY;
  return UniqueFd(::open(path.c_str(), access | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
}

}  // namespace bryo
