// Work in another network namespace, by a thread of this process that ends with it: sockets that
// it opens stay in that namespace.
#pragma once

#include <functional>

#include "sys/status.h"

namespace bryo {

// Enters the namespace of the descriptor first; -1: a new one.
Status InNetwork(int network, const std::function<Status()>& work);

}  // namespace bryo
