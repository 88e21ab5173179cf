#pragma once
#include <napi.h>

namespace bryo {
// attachDeviceFilter(group, program).
void RegisterDeviceFilter(Napi::Env env, Napi::Object exports);
}  // namespace bryo
