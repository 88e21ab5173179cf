#include <sys/stat.h>
#include <unistd.h>

#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/extractor.h"
#include "worker/tar_input.h"
#include "worker/trees.h"

namespace bryo {
namespace {

// Enough for any honest layer; a bomb ends here instead of filling the disk or the inode table.
constexpr uint64_t kDefaultMaxBytes = 64ULL << 30;
// A part of what is allowed at most may be anything, for a small layer harms nobody.
constexpr uint64_t kUnsuspected = 64;
constexpr uint64_t kDefaultMaxEntries = 4'000'000;

struct Options {
  const char* dest = nullptr;
  GrowthLimits growth{.bytes = kDefaultMaxBytes};
  ExtractOptions extract;
};

bool Parse(int argc, char** argv, Options& options) {
  for (int i = 0; i + 1 < argc; i += 2) {
    const char* value = argv[i + 1];
    if (std::strcmp(argv[i], "--dest") == 0) {
      options.dest = value;
    } else if (std::strcmp(argv[i], "--owner") == 0) {
      options.extract.own_all = std::strcmp(value, "self") == 0;
    } else if (std::strcmp(argv[i], "--max-bytes") == 0) {
      options.growth.bytes = std::strtoull(value, nullptr, 10);
    } else if (std::strcmp(argv[i], "--max-growth") == 0) {
      options.growth.times = std::strtoull(value, nullptr, 10);
    } else if (std::strcmp(argv[i], "--unsuspected") == 0) {
      options.growth.unsuspected = std::strtoull(value, nullptr, 10);
    } else if (std::strcmp(argv[i], "--max-entries") == 0) {
      options.extract.max_entries = std::strtoull(value, nullptr, 10);
    } else {
      return false;
    }
  }
  if (options.growth.unsuspected == 0) {
    options.growth.unsuspected = options.growth.bytes / kUnsuspected;
  }
  return options.dest != nullptr && options.growth.times > 0 && argc % 2 == 0;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace

int UnpackCommand(int argc, char** argv) {
  Options options;
  options.extract.max_entries = kDefaultMaxEntries;
  if (!Parse(argc, argv, options)) return Fail(Status::Error("unpack: bad arguments"));
  ::umask(0022);
  UniqueFd root;
  Status status = OpenTree(options.dest, Use::kWrite, Links::kFollowed, root);
  PrepareDigests();
  if (status.ok()) status = Confine({.duty = Duty::kWrite, .write = {root.get()}});
  if (!status.ok()) return Fail(status);
  TarInput input(STDIN_FILENO, options.growth);
  TarReader reader(input, options.growth.bytes);
  Extractor extractor(std::move(root), options.extract);
  status = extractor.Run(reader);
  std::string digest;
  uint64_t total = 0;
  if (status.ok()) status = input.Finish(digest, total);
  if (!status.ok()) {
    Fail(status);
    // The decompressor may be waiting for bytes that never come.
    std::fflush(stderr);
    ::_exit(1);
  }
  std::printf("{\"diffId\":\"%s\",\"size\":%" PRIu64 ",\"entries\":%" PRIu64 ",\"bytes\":%" PRIu64
              "}\n",
              digest.c_str(), total, extractor.entries(), extractor.bytes());
  return 0;
}

}  // namespace bryo
