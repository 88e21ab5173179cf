#include "api/answer.h"

namespace bryo::api {
namespace {

std::string_view ReasonOf(int status) {
  switch (status) {
    case 400:
      return "Bad Request";
    case 403:
      return "Forbidden";
    case 408:
      return "Request Timeout";
    case 417:
      return "Expectation Failed";
    case 431:
      return "Request Header Fields Too Large";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Internal Server Error";
  }
}

}  // namespace

std::string ErrorAnswer(int status, std::string_view text) {
  const std::string number = std::to_string(status);
  std::string body = "{\"cause\":\"" + std::string(text) + "\",\"message\":\"" + std::string(text) +
                     "\",\"response\":" + number + "}\n";
  return "HTTP/1.1 " + number + " " + std::string(ReasonOf(status)) +
         "\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\nConnection: close\r\n\r\n" + body;
}

std::string RefusalOf(HeadResult result) {
  switch (result) {
    case HeadResult::kTooLarge:
      return ErrorAnswer(431, "the head of the request has more than 65536 bytes");
    case HeadResult::kVersion:
      return ErrorAnswer(505, "only HTTP/1.0 and HTTP/1.1 are spoken here");
    case HeadResult::kEncoding:
      return ErrorAnswer(501, "no transfer encoding is known but chunked");
    case HeadResult::kExpectation:
      return ErrorAnswer(417, "no expectation is known but 100-continue");
    default:
      return ErrorAnswer(400, "this is no HTTP request");
  }
}

}  // namespace bryo::api
