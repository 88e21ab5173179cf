// Elements that a set of nftables(8) has.
#pragma once

#include <vector>

#include "net/nft_change.h"
#include "sys/status.h"

namespace bryo {

// Adds the keys and values of a set to `out`; `socket` is of NETLINK_NETFILTER. ENOENT: there is no
// such table or set.
Status ReadElements(int socket, const NftSet& set, std::vector<NftElement>& out);

// Removes elements, but for those that have gone meanwhile.
Status RemoveElements(int socket, const NftSet& set, const std::vector<NftElement>& elements);

}  // namespace bryo
