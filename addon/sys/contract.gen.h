// Generated from src/contract by src/plan/generate.ts. Do not edit.

#pragma once

#include <cstdint>
#include <string_view>

#include "sys/words.h"

namespace bryo {

// What a launcher can be given by descriptor (src/contract/descriptors.ts).
enum class LauncherFd : uint32_t { kPlan, kStatus, kClient, kGate, kPodLink, kCopy, kStage, kPreserved };
template <>
struct Words<LauncherFd> {
  static constexpr std::string_view kAll[] = {"plan", "status", "client", "gate", "podLink", "copy", "stage", "preserved"};
};

inline constexpr int kFirstLauncherFd = 3;

}  // namespace bryo
