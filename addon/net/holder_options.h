// The arguments of a holder of bridges (holder.h).
#pragma once

#include <string>
#include <vector>

#include "net/spaces.h"

namespace bryo {

struct HolderOptions {
  std::string directory;
  SpaceIds ids;
  bool given = false;
  std::string nft;
  std::string preload;
  std::vector<std::string> uplink;
};

// False: something is missing, or is none.
bool ReadHolderOptions(int argc, char** argv, HolderOptions& out);

}  // namespace bryo
