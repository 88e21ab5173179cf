#include <cstdio>

#include "sys/remove_tree.h"
#include "worker/batches.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/named_trees.h"

namespace bryo {
namespace {

int Remove(int argc, char** argv, bool) {
  NamedTrees named;
  Status status = named.Open(argc, argv, Use::kWrite);
  if (status.ok()) status = Confine({.duty = Duty::kRemove, .write = named.directories()});
  if (!status.ok()) {
    std::fprintf(stderr, "bryo-worker: cannot remove: %s\n", status.message().c_str());
    return 1;
  }
  int failures = 0;
  for (const NamedTrees::Tree& tree : named.trees()) {
    if (tree.directory < 0) continue;  // its parent is gone, and so is it
    Status removed = RemoveTree(tree.directory, tree.name());
    if (removed.ok()) continue;
    std::fprintf(stderr, "bryo-worker: cannot remove \"%s\": %s\n", tree.path.c_str(),
                 removed.message().c_str());
    ++failures;
  }
  return failures == 0 ? 0 : 1;
}

}  // namespace

int RemoveCommand(int argc, char** argv) { return RunInBatches(argc, argv, Remove); }

}  // namespace bryo
