// Servers that connections of containers may not go to.
#pragma once

#include "net/dns_address.h"

namespace bryo::gate {

// False for addresses that mean the host itself where no container can mean it, nobody, or many.
bool MayReach(const dns::Address& server);

}  // namespace bryo::gate
