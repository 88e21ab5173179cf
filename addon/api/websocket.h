// The frames of a WebSocket (RFC 6455, section 5) whose other end is a client of the API.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace bryo::api {

inline constexpr size_t kMostWebsocketHeader = 10;

enum class WebsocketOpcode : uint8_t {
  kContinuation = 0,
  kText = 1,
  kBinary = 2,
  kClose = 8,
  kPing = 9,
  kPong = 10,
};

// Reasons for which a connection ends (section 7.4.1).
inline constexpr uint16_t kWebsocketNormal = 1000;
inline constexpr uint16_t kWebsocketProtocolError = 1002;

// Writes the header of a whole message of the server's, which is never masked; returns its length.
size_t PutWebsocketHeader(char* at, WebsocketOpcode opcode, size_t bytes);

// A frame that ends the connection, whole.
std::string WebsocketClose(uint16_t reason);

// Takes the frames of a client apart, in whatever pieces they come. Messages have no meaning here:
// their bytes are one stream, whatever their type.
class WebsocketReader {
 public:
  enum class Result {
    kMore,    // all was taken
    kClosed,  // the client has said that it ends the connection; nothing comes after it
    kBroken,  // these are no frames of a client
  };

  // Appends what messages carry to `payload`. After a ping `pong` is the frame that answers the
  // last one.
  Result Read(std::string_view bytes, std::string& payload, std::string& pong);

 private:
  // Bytes that the header has, as far as is known.
  size_t HeaderSize() const;
  bool BeginFrame();
  void EndFrame(std::string& pong);

  // Two bytes, the longer form of the length, the mask.
  unsigned char header_[14];
  size_t taken_ = 0;  // of header_
  bool in_payload_ = false;
  WebsocketOpcode opcode_ = WebsocketOpcode::kBinary;
  uint64_t left_ = 0;        // of the payload
  size_t masked_at_ = 0;     // the next byte of the mask
  bool fragmented_ = false;  // a message has begun and not ended
  std::string control_;      // payload of a control frame
};

}  // namespace bryo::api
