#pragma once
#include <napi.h>

namespace bryo {
// moveNetDevice(name, newName, namespacePath).
void RegisterNetwork(Napi::Env env, Napi::Object exports);
}  // namespace bryo
