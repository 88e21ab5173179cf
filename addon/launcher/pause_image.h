// The program that holds a pod's namespaces, as bytes.
#pragma once

#include <string_view>

namespace bryo {

std::string_view PauseImage();

}  // namespace bryo
