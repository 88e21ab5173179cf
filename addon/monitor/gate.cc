#include "monitor/gate.h"

#include <fcntl.h>
#include <unistd.h>

#include "sys/io.h"

namespace bryo {

UniqueFd MakeGate(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  return WriteFull(write.get(), path.data(), path.size()) ? std::move(read) : UniqueFd();
}

}  // namespace bryo
