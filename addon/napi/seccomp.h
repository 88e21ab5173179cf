#pragma once
#include <napi.h>

namespace bryo {
// compileSeccomp(profile) -> Uint8Array: a BPF program made by libseccomp.
void RegisterSeccomp(Napi::Env env, Napi::Object exports);
}  // namespace bryo
