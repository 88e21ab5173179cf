#pragma once
#include <napi.h>

namespace bryo {
// memfdSealed(name, bytes) -> fd; flock(fd, mode, wait) -> bool; lockOwner(path) -> pid | 0;
// syncfs(fd).
void RegisterFiles(Napi::Env env, Napi::Object exports);
}  // namespace bryo
