// The programs without a C library (addon/bare), as bytes. The launcher carries them in itself and
// starts them from sealed copies: a path in a container could be anything.
#pragma once

#include <string_view>

namespace bryo {

// The program that holds a pod's namespaces.
std::string_view PauseImage();

// The program that is process 1 with --init.
std::string_view InitImage();

}  // namespace bryo
