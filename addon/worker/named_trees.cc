#include "worker/named_trees.h"

namespace bryo {

Status NamedTrees::Open(int count, char** paths, Use use) {
  for (int i = 0; i < count; ++i) {
    std::string path = paths[i];
    size_t slash = path.rfind('/');
    if (slash == std::string::npos || slash + 1 == path.size()) {
      return Status::Error("\"" + path + "\" names nothing in a directory");
    }
    auto [found, fresh] = opened_.try_emplace(path.substr(0, slash + 1));
    if (fresh && !OpenTree(found->first, use, Links::kRefused, found->second).ok()) errno = 0;
    trees_.push_back({std::move(path), found->second.get()});
  }
  return {};
}

std::vector<int> NamedTrees::directories() const {
  std::vector<int> out;
  for (const auto& [path, fd] : opened_) {
    if (fd.valid()) out.push_back(fd.get());
  }
  return out;
}

}  // namespace bryo
