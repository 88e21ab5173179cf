// The plan reader takes any bytes: it accepts or refuses them, and reads not one byte beyond.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bryo::Plan plan;
  (void)bryo::DecodePlan(std::string_view(reinterpret_cast<const char*>(data), size), plan);
  return 0;
}
