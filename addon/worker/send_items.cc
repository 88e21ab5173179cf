#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "sys/arguments.h"
#include "sys/io.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/packer.h"
#include "worker/tar_input.h"
#include "worker/words_input.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;

Status ReadItems(std::vector<PackItem>& out, KnownFiles& known) {
  constexpr size_t kFields = 4;
  std::vector<std::string> words;
  Status status = ReadWords(words);
  if (words.size() % kFields != 0) return Status::Error("an item is not whole");
  for (size_t at = 0; at < words.size(); at += kFields) {
    if (words[at + 3] == "k") {
      known.Add(words[at], words[at + 1]);
      continue;
    }
    PackItem& item = out.emplace_back();
    item.path = std::move(words[at]);
    item.name = std::move(words[at + 1]);
    if (!words[at + 2].empty()) {
      item.mode = static_cast<mode_t>(std::strtoul(words[at + 2].c_str(), nullptr, 8));
    }
    item.follow = words[at + 3] == "f";
  }
  return status;
}

}  // namespace

int SendItemsCommand(int argc, char** argv) {
  Arguments words(argc, argv);
  std::vector<PackItem> items;
  KnownFiles known;
  Status status = ReadItems(items, known);
  bool digest = words.Has("--digest");
  if (!digest) WidenPipe(STDOUT_FILENO);
  PrepareDigests();
  if (status.ok()) status = Confine({.duty = Duty::kRead, .read = {kRootFd}});
  ArchiveDigests digests;
  PackOptions options{.marks = false, .compress = false};
  options.root_owns = !words.Has("--keep-owners");
  if (digest) {
    options.digests = &digests;
    options.time = 0;
    options.known = &known;
  }
  Packer packer(digest ? -1 : STDOUT_FILENO, options);
  if (status.ok()) status = packer.RunItems(kRootFd, items);
  if (status.ok()) {
    if (digest) std::printf("%s\n", digests.plain.Finish().c_str());
    for (const auto& [key, value] : known.fresh()) {
      std::printf("%s %s\n", key.c_str(), value.c_str());
    }
    return std::fflush(stdout) == 0 ? 0 : 1;
  }
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
