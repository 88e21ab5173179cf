#include "launcher/children.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {

std::optional<std::vector<pid_t>> OwnChildren() {
  constexpr size_t kLongest = 65536;
  std::string path = "/proc/self/task/" + std::to_string(::getpid()) + "/children";
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), kLongest, text)) return {};
  std::vector<pid_t> children;
  char* at = text.data();
  for (char* end = nullptr;; at = end) {
    auto pid = static_cast<pid_t>(std::strtol(at, &end, 10));
    if (end == at) return children;
    children.push_back(pid);
  }
}

}  // namespace bryo
