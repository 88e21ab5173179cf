#include <cstdio>
#include <string>
#include <vector>

#include "sys/passwd.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/layer_lookup.h"
#include "worker/trees.h"

namespace bryo {
namespace {

// The passwd and group file of an image; empty where it has none.
struct EtcFiles {
  std::string passwd;
  std::string group;
};

Status ReadFile(const std::vector<UniqueFd>& layers, const char* path, std::string& out) {
  UniqueFd fd;
  Status opened = OpenInLayers(layers, path, fd);
  if (!opened.ok()) return opened.err() == ENOENT ? Status() : opened;
  return ReadOpenEtcFile(fd.get(), path, out);
}

Status ReadFiles(int count, char** paths, EtcFiles& files) {
  std::vector<UniqueFd> layers;
  Status read = OpenTrees(count, paths, layers);
  if (read.ok()) read = Confine({.duty = Duty::kRead, .read = Numbers(layers)});
  if (read.ok()) read = ReadFile(layers, "/etc/passwd", files.passwd);
  return read.ok() ? ReadFile(layers, "/etc/group", files.group) : read;
}

int Fail(const Status& status) {
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace

int IdentityCommand(int argc, char** argv) {
  if (argc < 1) return 1;
  EtcFiles files;
  Identity identity;
  Status status = ReadFiles(argc - 1, argv + 1, files);
  if (status.ok()) status = ResolveIdentityFrom(files.passwd, files.group, argv[0], {}, identity);
  if (!status.ok()) return Fail(status);
  std::printf("{\"uid\":%u,\"gid\":%u}\n", identity.uid, identity.gid);
  return 0;
}

int LargestIdCommand(int argc, char** argv) {
  EtcFiles files;
  Status status = ReadFiles(argc, argv, files);
  if (!status.ok()) return Fail(status);
  std::printf("%u\n", LargestId(files.passwd, files.group));
  return 0;
}

}  // namespace bryo
