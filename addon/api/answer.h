// Answers that the acceptor gives itself: to what never reaches a worker, and for workers that
// died.
#pragma once

#include <string>
#include <string_view>

#include "api/head.h"

namespace bryo::api {

inline constexpr std::string_view kContinueAnswer = "HTTP/1.1 100 Continue\r\n\r\n";

// An error with the body that clients of docker and of podman read; the connection is closed after
// it. `text` needs no escaping in JSON.
std::string ErrorAnswer(int status, std::string_view text);

// The answer to a head that cannot be served.
std::string RefusalOf(HeadResult result);

}  // namespace bryo::api
