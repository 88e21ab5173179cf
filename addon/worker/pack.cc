#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstring>

#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/packer.h"
#include "worker/trees.h"

namespace bryo {

int PackCommand(int argc, char** argv) {
  if (argc != 3 || std::strcmp(argv[0], "--owner") != 0) return 1;
  UniqueFd root;
  Status status = OpenTree(argv[2], Use::kRead, Links::kRefused, root);
  if (status.ok()) status = Confine({.duty = Duty::kRead, .read = {root.get()}});
  if (status.ok()) {
    PackOptions options;
    options.own_all = std::strcmp(argv[1], "self") == 0;
    Packer packer(STDOUT_FILENO, options);
    status = packer.Run(root.get());
    const LeftOut& left_out = packer.left_out();
    if (status.ok() && left_out.count > 0) {
      std::fprintf(stderr, "left-out %" PRIu64 " %s", left_out.count, left_out.first.c_str());
    }
  }
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
