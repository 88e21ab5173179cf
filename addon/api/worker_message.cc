#include "api/worker_message.h"

#include <algorithm>
#include <charconv>

namespace bryo::api {
namespace {

bool TakeCount(std::vector<std::string_view>& words, size_t& out) {
  if (words.empty()) return false;
  std::string_view word = words.back();
  words.pop_back();
  auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc() && end == word.data() + word.size();
}

bool TakeBytes(std::string_view& rest, size_t count, std::string_view& out) {
  if (count > rest.size()) return false;
  out = rest.substr(0, count);
  rest.remove_prefix(count);
  return true;
}

std::vector<std::string_view> Split(std::string_view line) {
  std::vector<std::string_view> words;
  for (;;) {
    size_t space = line.find(' ');
    words.push_back(line.substr(0, space));
    if (space == line.npos) return words;
    line.remove_prefix(space + 1);
  }
}

bool ReadKeep(std::vector<std::string_view> words, std::string_view rest, WorkerMessage& out) {
  size_t answer = 0;
  size_t beyond = 0;
  if (words.size() > 1 && !TakeCount(words, answer)) return false;
  return words.size() == 1 && TakeCount(words, beyond) && TakeBytes(rest, beyond, out.beyond) &&
         TakeBytes(rest, answer, out.answer) && rest.empty();
}

bool ReadClose(std::vector<std::string_view> words, std::string_view rest, WorkerMessage& out) {
  size_t answer = 0;
  if (!words.empty() && !TakeCount(words, answer)) return false;
  return words.empty() && TakeBytes(rest, answer, out.answer) && rest.empty();
}

bool ReadStream(std::vector<std::string_view> words, std::string_view rest, WorkerMessage& out) {
  size_t answer = 0;
  size_t early = 0;
  if (!TakeCount(words, early) || !TakeCount(words, answer) || words.empty()) return false;
  out.words = std::move(words);
  if (!TakeBytes(rest, answer, out.answer) || !TakeBytes(rest, early, out.beyond)) return false;
  out.state = rest;
  return true;
}

}  // namespace

bool ReadWorkerMessage(std::string_view bytes, WorkerMessage& out) {
  out = {};
  size_t end = bytes.find('\n');
  if (end == bytes.npos) return false;
  std::vector<std::string_view> words = Split(bytes.substr(0, end));
  std::string_view rest = bytes.substr(end + 1);
  std::string_view word = words.front();
  words.erase(words.begin());
  if (word == "ready" || word == "begun") {
    out.word = word == "ready" ? WorkerWord::kReady : WorkerWord::kBegun;
    return words.empty() && rest.empty();
  }
  if (word == "keep") {
    out.word = WorkerWord::kKeep;
    return ReadKeep(std::move(words), rest, out);
  }
  if (word == "close") {
    out.word = WorkerWord::kClose;
    return ReadClose(std::move(words), rest, out);
  }
  if (word != "stream") return false;
  out.word = WorkerWord::kStream;
  return ReadStream(std::move(words), rest, out);
}

}  // namespace bryo::api
