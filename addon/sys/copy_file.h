// Copies of what files hold and of what is said of them.
#pragma once

#include <sys/stat.h>

#include <string>
#include <utility>
#include <vector>

#include "sys/status.h"

namespace bryo {

using Xattrs = std::vector<std::pair<std::string, std::string>>;

// Extended attributes by name, without those of overlay filesystems: they say how layers lie on
// each other, not what is in the files.
Xattrs ReadXattrs(int fd);
// Shares blocks where the filesystem can, else copies what is data; holes stay holes.
Status CopyContent(int from, int to, off_t size);
// Owner, mode, extended attributes and times. `strict`: an attribute that the filesystem or the
// kernel refuses is an error, unless nobody may set it there; else it is left out, as cp -a does.
Status CopyMetadata(const struct stat& st, int from, int to, bool strict = true);

}  // namespace bryo
