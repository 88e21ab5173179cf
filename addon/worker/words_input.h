// Words on standard input: names of files may have any byte but NUL, which command lines of
// JavaScript have no room for.
#pragma once

#include <string>
#include <vector>

#include "sys/status.h"

namespace bryo {

// All of standard input, whose words end with NUL each.
Status ReadWords(std::vector<std::string>& out);

}  // namespace bryo
