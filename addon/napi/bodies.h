#pragma once
#include <napi.h>

namespace bryo {
// Bodies of HTTP messages, passed on by a thread: passBody(connection, output, early, length) and
// passToConnection(input, connection, chunked) -> Promise<{ end, code, rest }>.
void RegisterBodies(Napi::Env env, Napi::Object exports);
}  // namespace bryo
