#pragma once

#include <sys/stat.h>

namespace bryo {

// Whether two answers of stat(2) are of one file, or of one namespace (namespaces(7): the two
// numbers together name it).
inline bool IsSameFile(const struct stat& one, const struct stat& other) {
  return one.st_dev == other.st_dev && one.st_ino == other.st_ino;
}

}  // namespace bryo
