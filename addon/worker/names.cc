#include "worker/names.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>

#include "sys/fd.h"

namespace bryo {

Status SortedNames(int directory, std::vector<std::string>& names) {
  UniqueFd own(::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* stream = own.valid() ? ::fdopendir(own.get()) : nullptr;
  if (stream == nullptr) return Status::Errno("read a directory");
  own.release();
  while (const dirent* entry = ::readdir(stream)) {
    std::string name = entry->d_name;
    if (name != "." && name != "..") names.push_back(std::move(name));
  }
  ::closedir(stream);
  std::sort(names.begin(), names.end());
  return {};
}

}  // namespace bryo
