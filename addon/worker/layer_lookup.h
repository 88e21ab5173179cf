// Lookups in stacked layers at a path, as if they were mounted, without mounting them. Layers are
// hostile: no symbolic link of one is followed by the kernel.
#pragma once

#include <sys/stat.h>

#include <set>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

enum class Seen { kAbsent, kThere, kHidden };

// An entry that is kThere: the directory that holds it, its name there, its metadata.
struct LayerEntry {
  UniqueFd directory;
  std::string name;
  struct stat st {};
};

// One layer's word about a path without "." and "..". A whiteout, an opaque directory or something
// else in place of a directory hides what is further down.
Seen LookInLayer(int layer, const std::string& path, LayerEntry& entry);

// Layers' word, topmost first: that of the first one that has one.
Seen LookInLayers(const std::vector<UniqueFd>& layers, const std::string& path, LayerEntry& entry);

// Adds the names of what the layers, topmost first, show in a directory, sorted; nothing when there
// is no such directory.
Status NamesInLayers(const std::vector<UniqueFd>& layers, const std::string& path,
                     std::set<std::string>& names);

// Opens a regular file of the layers for reading, symbolic links resolved within them as beneath a
// root. Status carries ENOENT when it is not there. A path of more than 256 steps is an error.
Status OpenInLayers(const std::vector<UniqueFd>& layers, const std::string& path, UniqueFd& out);

}  // namespace bryo
