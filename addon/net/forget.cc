#include "net/forget.h"

#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

#include <memory>
#include <vector>

#include "sys/fd.h"

namespace bryo {
namespace {

struct CloseDirectory {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

// Entries of a directory but for hidden ones; none where there is no directory.
std::vector<std::string> NamesIn(int parent, const char* path) {
  std::vector<std::string> names;
  UniqueFd fd(::openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
  std::unique_ptr<DIR, CloseDirectory> directory(fd.valid() ? ::fdopendir(fd.get()) : nullptr);
  if (directory == nullptr) return names;
  fd.release();
  while (const dirent* entry = ::readdir(directory.get())) {
    if (entry->d_name[0] != '.') names.emplace_back(entry->d_name);
  }
  return names;
}

}  // namespace

void ForgetContainers(const std::string& directory) {
  for (const std::string& network : NamesIn(AT_FDCWD, directory.c_str())) {
    for (const char* part : {"names", "policies"}) {
      std::string path = directory;
      path.append("/").append(network).append("/").append(part);
      UniqueFd place(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      for (const std::string& name : NamesIn(place.get(), ".")) {
        ::unlinkat(place.get(), name.c_str(), 0);
      }
    }
  }
}

}  // namespace bryo
