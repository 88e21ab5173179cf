// bryo-worker: the storage work that must happen as root of the user namespace. It reads hostile
// archives, so it is a process of its own: without credentials, and confined where it can be.
#include <cstdio>
#include <cstring>

#include "worker/commands.h"

namespace {

struct Command {
  const char* name;
  int (*run)(int argc, char** argv);
};

constexpr Command kCommands[] = {
    {"unpack", bryo::UnpackCommand},
    {"remove", bryo::RemoveCommand},
    {"own", bryo::OwnCommand},
    {"merge", bryo::MergeCommand},
    {"usage", bryo::UsageCommand},
    {"plain", bryo::PlainCommand},
    {"recode", bryo::RecodeCommand},
    {"assemble", bryo::AssembleCommand},
    {"pack", bryo::PackCommand},
    {"changes", bryo::ChangesCommand},
    {"delta", bryo::DeltaCommand},
    {"own-layer", bryo::OwnLayerCommand},
    {"identity", bryo::IdentityCommand},
    {"largest-id", bryo::LargestIdCommand},
    {"send", bryo::SendCommand},
    {"receive", bryo::ReceiveCommand},
    {"empty-places", bryo::EmptyPlacesCommand},
    {"list", bryo::ListCommand},
    {"send-items", bryo::SendItemsCommand},
};

}  // namespace

int main(int argc, char** argv) {
  if (argc >= 2) {
    for (const Command& command : kCommands) {
      if (std::strcmp(argv[1], command.name) == 0) return command.run(argc - 2, argv + 2);
    }
  }
  std::fprintf(stderr, "bryo-worker: a part of bryo, not meant to be run by hand\n");
  return 125;
}
