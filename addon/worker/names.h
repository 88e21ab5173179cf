// The names in a directory, in an order of their own.
#pragma once

#include <string>
#include <vector>

#include "sys/status.h"

namespace bryo {

// Sorted bytewise, without "." and "..". The descriptor's own position stays as it is.
Status SortedNames(int directory, std::vector<std::string>& names);

}  // namespace bryo
