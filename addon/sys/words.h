// Enumerations whose values have words (contract.gen.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace bryo {

// Specialized for each of them: `kAll` has the words by value.
template <typename Enum>
struct Words;

template <typename Enum>
constexpr std::string_view WordOf(Enum value) {
  return Words<Enum>::kAll[static_cast<size_t>(value)];
}

// The value of a number; false when there is none.
template <typename Enum>
constexpr bool FromNumber(uint32_t number, Enum& out) {
  if (number >= std::size(Words<Enum>::kAll)) return false;
  out = static_cast<Enum>(number);
  return true;
}

// The value of a word; false when there is none.
template <typename Enum>
constexpr bool FromWord(std::string_view word, Enum& out) {
  for (uint32_t number = 0; FromNumber(number, out); ++number) {
    if (WordOf(out) == word) return true;
  }
  return false;
}

}  // namespace bryo
