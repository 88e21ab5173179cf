// JSON, for what the monitor writes.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sys/words.h"

namespace bryo {

// Appends a quoted string. Whatever the bytes are, the result is valid: control characters are
// escaped, and what is not UTF-8 becomes U+FFFD.
void AppendJsonText(std::string& out, std::string_view text);

// An object, member by member.
class JsonObject {
 public:
  void AddText(const char* name, std::string_view text);
  void AddNumber(const char* name, int64_t number);
  void AddFlag(const char* name, bool flag) { AddJson(name, flag ? "true" : "false"); }
  template <typename Enum>
  void AddWord(const char* name, Enum value) {
    AddText(name, WordOf(value));
  }
  // A value that is JSON already, or a list of such.
  void AddJson(const char* name, std::string_view json);
  void AddList(const char* name, const std::vector<std::string>& items);

  std::string Text() const { return text_ + "}"; }

 private:
  std::string text_ = "{";
};

}  // namespace bryo
