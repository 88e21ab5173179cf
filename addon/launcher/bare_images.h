// The programs without a C library (addon/bare), as bytes. The launcher carries them in itself and
// starts them from sealed copies: a path in a container could be anything.
#pragma once

#include <string_view>

namespace bryo {

// What holds a pod's namespaces.
std::string_view PauseImage();

// What is process 1 with --init.
std::string_view InitImage();

}  // namespace bryo
