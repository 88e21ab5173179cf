// PAX extended headers (POSIX pax, "pax Header Block").
#pragma once

#include <cstdint>
#include <ctime>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sys/status.h"
#include "worker/sparse.h"

namespace bryo {

struct PaxFields {
  std::optional<std::string> path;
  std::optional<std::string> link;
  std::optional<uint64_t> size;
  std::optional<uint64_t> uid;
  std::optional<uint64_t> gid;
  std::optional<timespec> mtime;
  std::vector<std::pair<std::string, std::string>> xattrs;
  SparseFields sparse;
};

// Reads "LENGTH KEY=VALUE\n" records. Anything malformed is an error: two readers that disagree
// about where an entry ends are how entries are smuggled in.
Status ParsePax(std::string_view block, PaxFields& fields);

}  // namespace bryo
