// Mounts of a container that are made of layers, or are a part of something.
#include <dirent.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <string_view>

#include "launcher/context.h"
#include "launcher/layers.h"
#include "sys/mounts.h"
#include "sys/root_path.h"

namespace bryo {
namespace {

// A mount can only be copied from a place in a mount namespace: layers lie over the staging
// directory for a moment.
Status OverStaging(const StoragePinOverlay& op, const OverlayLayers& layers) {
  if (op.legacy_mount) return MountLayersLegacy(layers, "", op.staging);
  UniqueFd filesystem;
  UniqueFd place;
  Status made = MakeFilesystem("overlay", LayerOptions(layers), 0, filesystem);
  if (made.ok()) made = OpenDirectory(op.staging, place);
  return made.ok() ? Attach(filesystem.get(), place.get()) : made;
}

bool IsEmpty(int directory) {
  int copy = ::openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR* stream = copy < 0 ? nullptr : ::fdopendir(copy);
  if (stream == nullptr) return false;
  bool empty = true;
  while (const dirent* entry = ::readdir(stream)) {
    const std::string_view name = entry->d_name;
    if (name != "." && name != "..") empty = false;
  }
  ::closedir(stream);
  return empty;
}

// The root of an overlay looks as its upper directory does: a fresh one takes over what the topmost
// layer's says. An owner that has no id in here stays unknown.
Status ImitateTop(const OverlayLayers& layers) {
  if (!layers.upper.valid() || !IsEmpty(layers.upper.get())) return {};
  struct stat st {};
  if (::fstatat(layers.lowers[0].get(), "", &st, AT_EMPTY_PATH) != 0) return Status::Errno("stat");
  if (::fchownat(layers.upper.get(), "", st.st_uid, st.st_gid, AT_EMPTY_PATH) != 0 &&
      errno != EPERM && errno != EINVAL) {
    return Status::Errno("chown");
  }
  if (::chmod(FdPath(layers.upper).c_str(), st.st_mode & 07777) == 0) return {};
  return errno == EPERM ? Status() : Status::Errno("chmod");
}

// Clones the file or directory at a path beneath a directory as a mount of its own. Links lead
// nowhere else, and what is mounted is what was found.
Status CloneBeneath(int root, const std::string& subpath, UniqueFd& out) {
  UniqueFd found;
  Status opened = OpenInRoot(root, subpath.empty() ? "." : subpath, O_PATH, found);
  return opened.ok() ? CloneMount(found.get(), "", false, true, out) : opened;
}

}  // namespace

Status Pin(LaunchContext& context, const StorageRootOverlay& op) {
  return OpenLayers(op.lowers, op.upper, op.work, context.layers);
}

Status Mount(LaunchContext& context, const StorageRootOverlay& op) {
  const OverlayLayers& layers = context.layers;
  if (!op.legacy_mount) {
    std::vector<std::string> options = LayerOptions(layers);
    options.insert(options.begin(), "source=overlay");
    if (op.volatile_) options.push_back("volatile");
    return MakeFilesystem("overlay", options, 0, context.root);
  }
  Status mounted = MountLayersLegacy(layers, op.volatile_ ? ",volatile" : "", op.staging);
  if (!mounted.ok()) return mounted;
  Status cloned = CloneMount(AT_FDCWD, op.staging.c_str(), false, true, context.root);
  ::umount2(op.staging.c_str(), MNT_DETACH);
  return cloned;
}

Status Pin(LaunchContext& context, const StoragePinOverlay& op) {
  OverlayLayers layers;
  Status opened = OpenLayers(op.lowers, op.upper, op.work, layers);
  if (opened.ok()) context.overlays[op.slot] = std::move(layers);
  return opened;
}

Status Mount(LaunchContext& context, const StoragePinOverlay& op) {
  const OverlayLayers& layers = context.overlays[op.slot];
  if (layers.lowers.empty()) return Status::Errno("layers", EINVAL);
  Status made = ImitateTop(layers);
  if (made.ok()) made = OverStaging(op, layers);
  context.overlays.erase(op.slot);
  if (!made.ok()) return made;
  UniqueFd root;
  UniqueFd mount;
  Status pinned = OpenDirectory(op.staging, root);
  if (pinned.ok()) pinned = CloneBeneath(root.get(), op.subpath, mount);
  root.reset();
  ::umount2(op.staging.c_str(), MNT_DETACH);
  return pinned.ok() ? PinSlot(context, op.slot, std::move(mount)) : pinned;
}

Status Pin(LaunchContext& context, const StoragePinPart& op) {
  UniqueFd root;
  UniqueFd mount;
  Status pinned = OpenDirectory(op.source, root);
  if (pinned.ok()) pinned = CloneBeneath(root.get(), op.subpath, mount);
  return pinned.ok() ? PinSlot(context, op.slot, std::move(mount)) : pinned;
}

}  // namespace bryo
