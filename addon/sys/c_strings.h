// Words as exec(3) and its like want them.
#pragma once

#include <string>
#include <vector>

namespace bryo {

// Pointers to the words, which must stay as they are meanwhile, and a null at the end. exec(3)
// takes pointers to what it does not change.
inline std::vector<char*> CStrings(const std::vector<std::string>& words) {
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (const std::string& word : words) pointers.push_back(const_cast<char*>(word.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace bryo
