// Paths as layers write them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "sys/status.h"

namespace bryo {

inline constexpr size_t kMaxEntryPath = 4096;

// The fault of a path that could lead out of the layer.
Status UnsafePath(std::string_view path);

// The path's components joined by single slashes; "" is the root.
Status NormalizePath(std::string_view path, std::string& out);

}  // namespace bryo
