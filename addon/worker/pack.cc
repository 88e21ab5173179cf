#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/packer.h"

namespace bryo {

int PackCommand(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[0], "--owner") != 0) return 1;
  UniqueFd root(::open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  Status status;
  if (root.valid()) {
    ConfineTo(root.get());
    PackOptions options;
    options.own_all = std::strcmp(argv[1], "self") == 0;
    status = Packer(STDOUT_FILENO, options).Run(root.get());
  } else {
    status = Status::Errno(argv[2]);
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
