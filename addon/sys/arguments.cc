#include "sys/arguments.h"

#include <cstdlib>
#include <cstring>

namespace bryo {

const char* Arguments::Text(const char* name) const {
  int at = At(name) + 1;
  return at < argc_ ? argv_[at] : "";
}

int Arguments::Number(const char* name) const {
  return static_cast<int>(std::strtol(Text(name), nullptr, 10));
}

int Arguments::At(const char* name) const {
  int at = 0;
  while (at < argc_ && std::strcmp(argv_[at], name) != 0) ++at;
  return at;
}

}  // namespace bryo
