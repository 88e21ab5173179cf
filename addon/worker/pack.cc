#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "sys/arguments.h"
#include "sys/fd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/packer.h"
#include "worker/tar_input.h"
#include "worker/trees.h"

namespace bryo {

namespace {

// The facts of a layer once all of it is written.
void Report(const Packer& packer, ArchiveDigests& digests, bool compressed) {
  std::string plain = digests.plain.Finish();
  std::fprintf(stderr,
               "packed {\"diffId\":\"%s\",\"tarSize\":%" PRIu64
               ",\"digest\":\"%s\",\"size\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"skipped\":%" PRIu64
               "}\n",
               plain.c_str(), digests.plain.size(),
               compressed ? digests.written.Finish().c_str() : plain.c_str(),
               compressed ? digests.written.size() : digests.plain.size(), packer.bytes(),
               packer.skipped() + packer.left_out().count);
}

}  // namespace

int PackCommand(int argc, char** argv) {
  Arguments words(argc, argv);
  if (argc < 3 || !words.Has("--owner")) return 1;
  const char* path = argv[argc - 1];
  UniqueFd root;
  Status status = OpenTree(path, Use::kRead, Links::kRefused, root);
  PrepareDigests();
  if (status.ok()) status = Confine({.duty = Duty::kRead, .read = {root.get()}});
  if (status.ok()) {
    ArchiveDigests digests;
    PackOptions options;
    options.own_all = std::strcmp(words.Text("--owner"), "self") == 0;
    if (words.Has("--report")) options.digests = &digests;
    bool dry = words.Has("--dry");
    options.compress = !dry && !words.Has("--plain");
    if (words.Has("--time")) options.time = std::strtoll(words.Text("--time"), nullptr, 10);
    if (words.Has("--newest")) options.newest = std::strtoll(words.Text("--newest"), nullptr, 10);
    Packer packer(dry ? -1 : STDOUT_FILENO, options);
    status = packer.Run(root.get());
    if (status.ok() && options.digests != nullptr) Report(packer, digests, options.compress);
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
