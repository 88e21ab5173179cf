#include "api/options.h"

#include <charconv>
#include <cstring>
#include <string_view>

namespace bryo::api {
namespace {

template <typename Number>
bool ReadNumber(std::string_view text, Number& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !(out < Number{});
}

bool ReadLevel(std::string_view word, LogLevel& out) {
  if (word == "error") {
    out = LogLevel::kError;
  } else if (word == "warning") {
    out = LogLevel::kWarning;
  } else if (word == "info") {
    out = LogLevel::kInfo;
  } else if (word == "debug") {
    out = LogLevel::kDebug;
  } else {
    return false;
  }
  return true;
}

// One option with its value, or two of them; the number of words that it took, 0: none.
int ReadOption(int count, char** words, Options& out) {
  std::string_view name = words[0];
  if (name == "--with-parent") {
    out.with_parent = true;
    return 1;
  }
  if (count < 2) return 0;
  const char* value = words[1];
  if (name == "--socket") {
    out.sockets.emplace_back(value);
  } else if (name == "--tcp" && count > 2) {
    TcpPlace place{value, 0};
    if (!ReadNumber(words[2], place.port)) return 0;
    out.tcp.push_back(place);
    return 3;
  } else if (name == "--fd") {
    int fd = -1;
    if (!ReadNumber(value, fd)) return 0;
    out.fds.push_back(fd);
  } else if (name == "--time") {
    if (!ReadNumber(value, out.idle_seconds)) return 0;
  } else if (name == "--most") {
    if (!ReadNumber(value, out.most_workers) || out.most_workers == 0) return 0;
  } else if (name == "--log-level") {
    if (!ReadLevel(value, out.log_level)) return 0;
  } else {
    return 0;
  }
  return 2;
}

}  // namespace

bool ReadOptions(int argc, char** argv, Options& out) {
  int at = 0;
  while (at < argc && std::strcmp(argv[at], "--") != 0) {
    int taken = ReadOption(argc - at, argv + at, out);
    if (taken == 0) return false;
    at += taken;
  }
  for (++at; at < argc; ++at) out.worker.emplace_back(argv[at]);
  bool listens = !out.sockets.empty() || !out.tcp.empty() || !out.fds.empty();
  return listens && !out.worker.empty();
}

}  // namespace bryo::api
