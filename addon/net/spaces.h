// The namespaces that a user's bridges live in.
#pragma once

#include "launcher/id_map.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// The ids of the user namespace, as the storage's; `direct`: this process may write them itself.
struct SpaceIds {
  IdExtents uids;
  IdExtents gids;
  bool direct = false;
};

struct Spaces {
  UniqueFd users;
  UniqueFd network;
};

// Makes both and enters the user namespace as its root; the network namespace is only entered by
// threads. This process must have no others yet.
Status MakeSpaces(const SpaceIds& ids, Spaces& out);

// Enters the user namespace of spaces that another holder has made.
Status AdoptSpaces(const Spaces& spaces);

}  // namespace bryo
