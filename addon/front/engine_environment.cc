#include "front/engine_environment.h"

#include <stdlib.h>
#include <unistd.h>

#include <string_view>
#include <vector>

namespace bryo {
namespace {

constexpr std::string_view kLibrary = "bryo-engine.so";

struct Setting {
  const char* name;
  const char* value;
};

// src/native/engine-environment.ts takes them out of the environment again. Two threads for files
// are what the engine starts at least; more only count against the caller's limit of processes.
constexpr Setting kSettings[] = {
    {"BUN_JSC_useJIT", "0"}, {"MIMALLOC_ALLOW_THP", "1"}, {"UV_THREADPOOL_SIZE", "2"}};

// Variables that Bun, its JavaScript engine, its allocator and its copies of Node's parts read.
bool IsEngines(std::string_view word) {
  for (std::string_view prefix :
       {"BUN_", "JSC_", "WTF_", "MIMALLOC_", "NODE_", "UV_", "GOMAXPROCS="}) {
    if (word.starts_with(prefix)) return true;
  }
  return false;
}

void HoldCallersVariables() {
  std::vector<std::string> held;
  for (char** word = environ; *word != nullptr; ++word) {
    if (IsEngines(*word)) held.emplace_back(*word);
  }
  for (const std::string& word : held) {
    std::string name = word.substr(0, word.find('='));
    unsetenv(name.c_str());
    if (name.size() == word.size()) continue;
    setenv((kHeldPrefix + name).c_str(), word.c_str() + name.size() + 1, 1);
  }
}

// ld.so(8) takes a list apart at spaces and colons: a library beneath such a directory cannot be
// named.
bool CanBePreloaded(const std::string& path) {
  return path.find_first_of(" :") == std::string::npos && access(path.c_str(), R_OK) == 0;
}

}  // namespace

void SetEngineEnvironment(const std::string& directory) {
  HoldCallersVariables();
  for (const Setting& setting : kSettings) setenv(setting.name, setting.value, 1);
  std::string library = directory + std::string(kLibrary);
  if (!CanBePreloaded(library)) return;
  if (const char* own = getenv("LD_PRELOAD"); own != nullptr) {
    setenv(kPreloadVariable, own, 1);
    library += std::string(":") + own;
  }
  setenv("LD_PRELOAD", library.c_str(), 1);
}

}  // namespace bryo
