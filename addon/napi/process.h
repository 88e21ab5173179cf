#pragma once
#include <napi.h>

namespace bryo {
// spawn(path, argv, env, fds) -> pid; exec(path, argv, env, fds) -> never; wait(pid) -> status.
void RegisterProcess(Napi::Env env, Napi::Object exports);
}  // namespace bryo
