// How an archive of a layer says "not there any more": by files of these names (OCI image-spec
// layer.md).
#pragma once

#include <string_view>

namespace bryo {

// ".wh.NAME" hides NAME.
inline constexpr std::string_view kMarkPrefix = ".wh.";
// Hides everything in its directory.
inline constexpr std::string_view kOpaqueMark = ".wh..wh..opq";

inline bool IsMark(std::string_view name) {
  return name.substr(0, kMarkPrefix.size()) == kMarkPrefix;
}

// Entries of an archive in a directory that is a mark are nowhere.
inline bool IsBelowMark(std::string_view path) {
  for (size_t slash; (slash = path.find('/')) != std::string_view::npos;) {
    bool last = path.find_first_not_of("./", slash) == std::string_view::npos;
    if (!last && IsMark(path.substr(0, slash))) return true;
    path.remove_prefix(slash + 1);
  }
  return false;
}

}  // namespace bryo
