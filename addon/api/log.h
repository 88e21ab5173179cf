// The service's own log: lines on standard error, as the commands write them.
#pragma once

#include <string_view>

namespace bryo::api {

enum class LogLevel { kError, kWarning, kInfo, kDebug };

// Lines of higher levels than this are left out.
void SetLogLevel(LogLevel most);
bool IsLogged(LogLevel level);

void Log(LogLevel level, std::string_view message);

}  // namespace bryo::api
