#include "launcher/layers.h"

#include <fcntl.h>
#include <sys/mount.h>

namespace bryo {
namespace {

constexpr size_t kMaxMountData = 4096;  // mount(2) takes a page of options

}  // namespace

std::string FdPath(const UniqueFd& fd) { return "/proc/self/fd/" + std::to_string(fd.get()); }

Status OpenDirectory(const std::string& path, UniqueFd& out) {
  out.reset(::open(path.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  return out.valid() ? Status() : Status::Errno(path);
}

Status OpenLayers(const std::vector<std::string>& lowers, const std::string& upper,
                  const std::string& work, OverlayLayers& out) {
  for (const std::string& path : lowers) {
    Status opened = OpenDirectory(path, out.lowers.emplace_back());
    if (!opened.ok()) return opened;
  }
  if (upper.empty()) return {};
  Status opened = OpenDirectory(upper, out.upper);
  return opened.ok() ? OpenDirectory(work, out.work) : opened;
}

std::vector<std::string> LayerOptions(const OverlayLayers& layers) {
  std::vector<std::string> options{"userxattr"};
  for (const UniqueFd& lower : layers.lowers) options.push_back("lowerdir+=" + FdPath(lower));
  if (layers.upper.valid()) {
    options.push_back("upperdir=" + FdPath(layers.upper));
    options.push_back("workdir=" + FdPath(layers.work));
  }
  return options;
}

Status MountLayersLegacy(const OverlayLayers& layers, const std::string& flags,
                         const std::string& directory) {
  std::string data = "userxattr,lowerdir=";
  for (size_t i = 0; i < layers.lowers.size(); ++i) {
    if (i > 0) data += ':';
    data += FdPath(layers.lowers[i]);
  }
  if (layers.upper.valid()) {
    data += ",upperdir=" + FdPath(layers.upper) + ",workdir=" + FdPath(layers.work);
  }
  data += flags;
  if (data.size() >= kMaxMountData) return Status::Errno("too many layers for this kernel", E2BIG);
  int mounted = ::mount("overlay", directory.c_str(), "overlay", 0, data.c_str());
  return mounted == 0 ? Status() : Status::Errno("mount overlay");
}

}  // namespace bryo
