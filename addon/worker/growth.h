// Tells a decompression bomb from an archive that people make.
#pragma once

#include <cstddef>
#include <cstdint>

#include "sys/status.h"

namespace bryo {

struct GrowthLimits {
  uint64_t bytes = 0;        // plain bytes at most; 0: no limit of any kind
  uint64_t unsuspected = 0;  // so many may come of anything, for they harm nobody
  uint64_t times = 200;      // further ones may be so many times what they came of
};

class Growth {
 public:
  // `what`: "layer", in messages.
  Growth(const GrowthLimits& limits, const char* what) : limits_(limits), what_(what) {}

  // Counts a piece of plain bytes; `taken` are all that were read to get at them so far. Zeros
  // count only for how much there may be at all: they become holes and fill no disk, and a file of
  // a container that is mostly holes must come back from its image.
  Status Add(const char* data, size_t size, uint64_t taken);

 private:
  GrowthLimits limits_;
  const char* what_;
  uint64_t plain_ = 0;
  uint64_t zeros_ = 0;
};

}  // namespace bryo
