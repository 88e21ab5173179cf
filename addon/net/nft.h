// nft(8) in the bridges' network namespace.
#pragma once

#include <string>

namespace bryo {

// Has the program, a path, take the rules, all or none of them. To be called by a process that may
// enter the namespace. False: the kernel does not have what they take, or the program is not there.
bool RunNft(const std::string& nft, int network, const std::string& rules);

}  // namespace bryo
