#include "plan/plan_reader.h"

namespace bryo {

bool PlanReader::Take(size_t size, std::string_view& out) {
  if (size > data_.size()) return false;
  out = data_.substr(0, size);
  data_.remove_prefix(size);
  return true;
}

bool PlanReader::Read(bool& out) {
  uint32_t value = 0;
  if (!ReadNumber(value) || value > 1) return false;
  out = value == 1;
  return true;
}

bool PlanReader::Read(std::string& out) {
  uint32_t size = 0;
  std::string_view bytes;
  if (!ReadNumber(size) || !Take(size, bytes)) return false;
  out.assign(bytes);
  return true;
}

bool PlanReader::Read(std::vector<std::string>& out) {
  uint32_t count = 0;
  // Every item takes at least its length field: a larger count cannot be true.
  if (!ReadNumber(count) || count > data_.size() / sizeof(uint32_t)) return false;
  out.resize(count);
  for (std::string& item : out) {
    if (!Read(item)) return false;
  }
  return true;
}

bool PlanReader::Read(std::vector<uint32_t>& out) {
  uint32_t count = 0;
  if (!ReadNumber(count) || count > data_.size() / sizeof(uint32_t)) return false;
  out.resize(count);
  for (uint32_t& item : out) {
    if (!ReadNumber(item)) return false;
  }
  return true;
}

}  // namespace bryo
