#include "api/log.h"

#include <time.h>
#include <unistd.h>

#include <string>

#include "sys/io.h"

namespace bryo::api {
namespace {

LogLevel g_most = LogLevel::kWarning;

std::string_view WordOf(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return "error";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kDebug:
      break;
  }
  return "debug";
}

// Words of clients may be in it.
void AddQuoted(std::string& line, std::string_view text) {
  for (char c : text) {
    if (c == '"' || c == '\\') line += '\\';
    line += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  }
}

}  // namespace

void SetLogLevel(LogLevel most) { g_most = most; }

bool IsLogged(LogLevel level) { return level <= g_most; }

void Log(LogLevel level, std::string_view message) {
  if (!IsLogged(level)) return;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  tm parts{};
  ::gmtime_r(&now.tv_sec, &parts);
  char stamp[32];
  size_t size = ::strftime(stamp, sizeof(stamp), "%Y-%m-%dT%H:%M:%SZ", &parts);
  std::string line = "time=\"" + std::string(stamp, size) + "\" level=";
  line += WordOf(level);
  line += " msg=\"";
  AddQuoted(line, message);
  line += "\"\n";
  WriteFull(STDERR_FILENO, line.data(), line.size());
}

}  // namespace bryo::api
