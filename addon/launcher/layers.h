// The directories of an overlay, opened before the caller's own ids are given up.
#pragma once

#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

struct OverlayLayers {
  std::vector<UniqueFd> lowers;
  UniqueFd upper;  // none: the overlay is read only
  UniqueFd work;   // with an upper one
};

// An O_PATH descriptor of a directory of the host.
Status OpenDirectory(const std::string& path, UniqueFd& out);

// A path of what the descriptor denotes, for this process alone.
std::string FdPath(const UniqueFd& fd);

// With an empty `upper` the overlay has none.
Status OpenLayers(const std::vector<std::string>& lowers, const std::string& upper,
                  const std::string& work, OverlayLayers& out);

// Options of an overlay's layers for fsconfig(2). Layers are named through /proc/self/fd: short,
// and no directory on the way to them needs to be reachable for the mapped root.
std::vector<std::string> LayerOptions(const OverlayLayers& layers);

// Mounts the layers on a directory with mount(2), for kernels before Linux 6.7: there fsconfig(2)
// takes layers only as one string, of at most 256 bytes. `flags` such as ",volatile" come after the
// layers.
Status MountLayersLegacy(const OverlayLayers& layers, const std::string& flags,
                         const std::string& directory);

}  // namespace bryo
