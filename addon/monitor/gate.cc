#include "monitor/gate.h"

#include <fcntl.h>
#include <limits.h>
#include <unistd.h>

#include "sys/io.h"

namespace bryo {

UniqueFd MakeGate(const std::string& path) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return {};
  UniqueFd read(ends[0]);
  UniqueFd write(ends[1]);
  std::string line = path + "\n";
  return WriteFull(write.get(), line.data(), line.size()) ? std::move(read) : UniqueFd();
}

bool ReadGate(UniqueFd gate, std::string& path) {
  if (!ReadAll(gate.get(), PATH_MAX, path)) return false;
  bool whole = path.size() > 1 && path.back() == '\n';
  if (whole) path.pop_back();
  return whole;
}

}  // namespace bryo
