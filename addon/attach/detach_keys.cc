#include "attach/detach_keys.h"

#include <cstring>

namespace bryo {
namespace {

bool ParseKey(std::string_view key, std::string& keys) {
  constexpr std::string_view kCtrl = "ctrl-";
  if (key.size() == 1) {
    keys += key[0];
    return true;
  }
  if (key.size() != kCtrl.size() + 1 || key.substr(0, kCtrl.size()) != kCtrl) return false;
  char letter = key.back();
  if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  bool control = (letter >= 'a' && letter <= 'z') || std::strchr("@[\\]^_", letter) != nullptr;
  keys += static_cast<char>(letter & 0x1f);
  return control;
}

}  // namespace

bool DetachKeys::Parse(std::string_view text) {
  keys_.clear();
  matched_ = 0;
  while (!text.empty()) {
    size_t comma = text.find(',', 1);  // a lone comma is a key too
    if (!ParseKey(text.substr(0, comma), keys_)) return false;
    if (comma == std::string_view::npos) break;
    text.remove_prefix(comma + 1);
    if (text.empty()) return false;
  }
  return true;
}

bool DetachKeys::Filter(const char* data, size_t size, std::string& out) {
  if (keys_.empty()) {
    out.append(data, size);
    return false;
  }
  for (size_t i = 0; i < size; ++i) {
    // On a mismatch the longest shorter beginning of the sequence that still fits stays matched.
    while (matched_ > 0 && data[i] != keys_[matched_]) {
      size_t keep = matched_ - 1;
      while (keep > 0 && keys_.compare(matched_ - keep, keep, keys_, 0, keep) != 0) --keep;
      out.append(keys_, 0, matched_ - keep);
      matched_ = keep;
    }
    if (data[i] != keys_[matched_]) {
      out += data[i];
    } else if (++matched_ == keys_.size()) {
      return true;
    }
  }
  return false;
}

}  // namespace bryo
