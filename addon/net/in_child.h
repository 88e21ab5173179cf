// Work in other namespaces, which a process can enter but not leave again.
#pragma once

#include <functional>

#include "sys/status.h"

namespace bryo {

// Does the work in a child of this process and returns its status.
Status InChild(const std::function<Status()>& work);

}  // namespace bryo
