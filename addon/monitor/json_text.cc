#include "monitor/json_text.h"

#include <cstdint>
#include <cstdio>

namespace bryo {
namespace {

// The length of the UTF-8 sequence at the beginning, 0 when there is none (RFC 3629).
size_t SequenceLength(std::string_view text) {
  auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  unsigned char first = byte(0);
  if (first < 0x80) return 1;
  size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return 0;
  }
  unsigned char second = byte(1);
  bool overlong = (first == 0xe0 && second < 0xa0) || (first == 0xf0 && second < 0x90);
  bool beyond = (first == 0xed && second > 0x9f) || (first == 0xf4 && second > 0x8f);
  return overlong || beyond ? 0 : length;
}

void AppendControl(std::string& out, unsigned char byte) {
  char escaped[8];
  std::snprintf(escaped, sizeof(escaped), "\\u%04x", byte);
  out += escaped;
}

}  // namespace

void AppendJsonText(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    size_t length = SequenceLength(text);
    auto first = static_cast<unsigned char>(text[0]);
    if (length == 0) {
      out += "\xef\xbf\xbd";
    } else if (first < 0x20 || first == 0x7f) {
      AppendControl(out, first);
    } else {
      if (first == '"' || first == '\\') out += '\\';
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

void JsonObject::AddJson(const char* name, std::string_view json) {
  if (text_.size() > 1) text_ += ',';
  AppendJsonText(text_, name);
  text_ += ':';
  text_ += json;
}

void JsonObject::AddText(const char* name, std::string_view text) {
  std::string quoted;
  AppendJsonText(quoted, text);
  AddJson(name, quoted);
}

void JsonObject::AddNumber(const char* name, int64_t number) {
  AddJson(name, std::to_string(number));
}

void JsonObject::AddList(const char* name, const std::vector<std::string>& items) {
  std::string list = "[";
  for (const std::string& item : items) {
    if (list.size() > 1) list += ',';
    list += item;
  }
  AddJson(name, list + "]");
}

}  // namespace bryo
