#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <string>

#include "sys/fd.h"
#include "sys/root_path.h"
#include "worker/commands.h"
#include "worker/confine.h"
#include "worker/packer.h"

namespace bryo {
namespace {

constexpr int kRootFd = 3;
// Instead of a name: what is in the directory, with what is mounted there.
constexpr char kContents[] = ".";

// A link at the end of the path is followed within the root, as `podman cp` does.
Status Send(const std::string& path, const std::string& name, const PackOptions& options) {
  UniqueFd source;
  Status opened = OpenInRoot(kRootFd, path, O_RDONLY | O_NONBLOCK, source);
  if (!opened.ok()) return Status::Errno(path, opened.err());
  struct stat st {};
  if (::fstat(source.get(), &st) != 0) return Status::Errno(path);
  ::close(kRootFd);
  bool directory = S_ISDIR(st.st_mode);
  Confinement limits{.duty = Duty::kRead};
  if (directory) limits.read.push_back(source.get());
  Status confined = Confine(limits);
  if (!confined.ok()) return confined;
  Packer packer(STDOUT_FILENO, options);
  if (directory) {
    bool content = name.empty() || name == kContents;
    return content ? packer.Run(source.get()) : packer.RunDirectory(source.get(), name);
  }
  if (name == kContents) return Status::Errno(path, ENOTDIR);
  if (!S_ISREG(st.st_mode)) return Status::Error(path + " is neither a file nor a directory");
  return packer.RunFile(source.get(), name);
}

}  // namespace

int SendCommand(int argc, char** argv) {
  if (argc != 2) return 1;
  PackOptions options;
  options.marks = false;
  options.compress = false;
  options.skip_unreadable = true;
  options.one_mount = argv[1][0] == '\0';
  Status status = Send(argv[0], argv[1], options);
  if (status.ok()) return 0;
  std::fprintf(stderr, "bryo-worker: %s\n", status.message().c_str());
  return 1;
}

}  // namespace bryo
