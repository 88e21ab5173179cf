#include "worker/entry_path.h"

namespace bryo {

Status UnsafePath(std::string_view path) {
  return Status::Error("the layer holds the unsafe path \"" + std::string(path) + "\"");
}

Status NormalizePath(std::string_view path, std::string& out) {
  if (path.size() >= kMaxEntryPath || path.find('\0') != std::string_view::npos) {
    return UnsafePath("…");
  }
  out.clear();
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
    if (part.empty() || part == ".") continue;
    if (part == "..") return UnsafePath(out + "/..");
    if (!out.empty()) out += '/';
    out += part;
  }
  return {};
}

}  // namespace bryo
