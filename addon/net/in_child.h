// Work in other namespaces, which a process can enter but not leave again.
#pragma once

#include <functional>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Does the work in a child of this process and returns its status.
Status InChild(const std::function<Status()>& work);

// With a descriptor that the work leaves behind, which this process then has.
Status InChild(const std::function<Status(UniqueFd&)>& work, UniqueFd& left);

}  // namespace bryo
