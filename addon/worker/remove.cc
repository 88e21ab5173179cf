#include <fcntl.h>

#include <cstdio>
#include <string>

#include "sys/fd.h"
#include "sys/remove_tree.h"
#include "worker/commands.h"

namespace bryo {

int RemoveCommand(int argc, char** argv) {
  int failures = 0;
  for (int i = 0; i < argc; ++i) {
    std::string path = argv[i];
    size_t slash = path.rfind('/');
    if (slash == std::string::npos || slash + 1 == path.size()) {
      std::fprintf(stderr, "bryo-worker: cannot remove \"%s\"\n", argv[i]);
      return 1;
    }
    UniqueFd parent(::open(path.substr(0, slash + 1).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!parent.valid()) continue;  // its parent is gone, and so is it
    Status removed = RemoveTree(parent.get(), path.c_str() + slash + 1);
    if (removed.ok()) continue;
    std::fprintf(stderr, "bryo-worker: cannot remove \"%s\": %s\n", argv[i],
                 removed.message().c_str());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace bryo
