// Metadata of what is not opened: links, pipes, directories that may not be read. Others may be
// changing the tree, so it is pinned by a descriptor and nothing is done to whatever has its name
// by then.
#pragma once

#include <sys/stat.h>

#include <ctime>
#include <optional>
#include <utility>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

struct NodeMetadata {
  mode_t type = 0;                                 // S_IFLNK, S_IFIFO, …: what was made
  mode_t mode = 0;                                 // links have none
  std::optional<std::pair<uid_t, gid_t>> owner{};  // absent: it stays
  timespec times[2] = {};
};

// For what this process has just made under a name. An error when something else is there by now.
Status DescribeMadeNode(int directory, const char* name, const NodeMetadata& metadata);

// A name that somebody else changes at the same time cannot be made there.
Status Replaced(const char* name);

// Changes the mode of what an O_PATH descriptor pins. Before Linux 6.6 this takes procfs.
Status ChangePinnedMode(int node, mode_t mode);

}  // namespace bryo
