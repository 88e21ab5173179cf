// Reads the launch plan: length-prefixed little-endian records (src/plan/encode.ts).
//
// The reader never trusts a length: everything is checked against what is left of the plan and
// against the limits of the contract before it is used.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "sys/words.h"

namespace bryo {

// A cursor over the fields of one record.
class PlanReader {
 public:
  explicit PlanReader(std::string_view data) : data_(data) {}

  bool Read(uint32_t& out) { return ReadNumber(out); }
  bool Read(int32_t& out) { return ReadNumber(out); }
  bool Read(uint64_t& out) { return ReadNumber(out); }
  bool Read(bool& out);
  bool Read(std::string& out);
  bool Read(std::vector<std::string>& out);
  bool Read(std::vector<uint32_t>& out);
  template <typename Enum>
  requires std::is_enum_v<Enum>
  bool Read(Enum& out) {
    uint32_t number = 0;
    return ReadNumber(number) && FromNumber(number, out);
  }

  // Takes the next `size` bytes.
  bool Take(size_t size, std::string_view& out);
  bool AtEnd() const { return data_.empty(); }
  size_t left() const { return data_.size(); }

 private:
  template <typename Number>
  bool ReadNumber(Number& out) {
    std::string_view bytes;
    if (!Take(sizeof(out), bytes)) return false;
    std::memcpy(&out, bytes.data(), sizeof(out));
    return true;
  }

  std::string_view data_;
};

}  // namespace bryo
