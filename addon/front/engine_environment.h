// The environment that the JavaScript engine gets.
#pragma once

#include <string>

#include "sys/contract.gen.h"

namespace bryo {

// The caller's variables that the engine would obey are handed on under names with kHeldPrefix;
// src/native/engine-environment.ts gives them their names back. What the caller has means programs
// of the caller's own (`-e NODE_OPTIONS`, --env-host), not the engine that bryo happens to be made
// with.

// Holds the caller's LD_PRELOAD until the library that is put before it (engine/last_words.cc) is
// loaded. What the loader's other variables do, they do to any program without privileges.
inline constexpr char kPreloadVariable[] = "BRYO_LD_PRELOAD";

// Makes this process's environment that of the engine, whose library lies in `directory`, a path
// that ends with a slash.
void SetEngineEnvironment(const std::string& directory);

}  // namespace bryo
