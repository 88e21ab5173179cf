// Files about containers on networks, once nobody uses any.
#pragma once

#include <string>

namespace bryo {

// Takes away the names and policies that containers have left in the directory of all networks.
// Who was killed could not do so himself.
void ForgetContainers(const std::string& directory);

}  // namespace bryo
