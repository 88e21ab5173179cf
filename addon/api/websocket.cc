#include "api/websocket.h"

#include <algorithm>

namespace bryo::api {
namespace {

constexpr unsigned char kFinal = 0x80;
constexpr unsigned char kReserved = 0x70;
constexpr unsigned char kOpcode = 0x0f;
constexpr unsigned char kMasked = 0x80;
constexpr unsigned char kLength = 0x7f;
// The length is in the next two bytes, or eight (section 5.2).
constexpr unsigned char kShortLength = 126;
constexpr unsigned char kLongLength = 127;
constexpr size_t kMaskSize = 4;
constexpr size_t kMostControl = 125;

bool IsControl(WebsocketOpcode opcode) { return opcode >= WebsocketOpcode::kClose; }

size_t LengthBytes(unsigned char second) {
  unsigned char length = second & kLength;
  if (length == kShortLength) return 2;
  return length == kLongLength ? 8 : 0;
}

}  // namespace

size_t PutWebsocketHeader(char* at, WebsocketOpcode opcode, size_t bytes) {
  at[0] = static_cast<char>(kFinal | static_cast<unsigned char>(opcode));
  if (bytes < kShortLength) {
    at[1] = static_cast<char>(bytes);
    return 2;
  }
  size_t width = bytes <= 0xffff ? 2 : 8;
  at[1] = static_cast<char>(width == 2 ? kShortLength : kLongLength);
  for (size_t i = 0; i < width; ++i) {
    at[2 + i] = static_cast<char>(static_cast<uint64_t>(bytes) >> (8 * (width - 1 - i)));
  }
  return 2 + width;
}

std::string WebsocketClose(uint16_t reason) {
  char header[kMostWebsocketHeader];
  std::string frame(header, PutWebsocketHeader(header, WebsocketOpcode::kClose, 2));
  frame += static_cast<char>(reason >> 8);
  frame += static_cast<char>(reason);
  return frame;
}

size_t WebsocketReader::HeaderSize() const {
  return taken_ < 2 ? 2 : 2 + LengthBytes(header_[1]) + kMaskSize;
}

// Whether a header that is whole may begin a frame here (sections 5.1, 5.2, 5.4 and 5.5).
bool WebsocketReader::BeginFrame() {
  if ((header_[0] & kReserved) != 0) return false;
  bool final = (header_[0] & kFinal) != 0;
  opcode_ = static_cast<WebsocketOpcode>(header_[0] & kOpcode);
  size_t width = LengthBytes(header_[1]);
  left_ = width == 0 ? header_[1] & kLength : 0;
  for (size_t i = 0; i < width; ++i) left_ = left_ << 8 | header_[2 + i];
  if (left_ >> 63 != 0) return false;
  switch (opcode_) {
    case WebsocketOpcode::kClose:
    case WebsocketOpcode::kPing:
    case WebsocketOpcode::kPong:
      if (!final || left_ > kMostControl) return false;
      break;
    case WebsocketOpcode::kText:
    case WebsocketOpcode::kBinary:
      if (fragmented_) return false;
      fragmented_ = !final;
      break;
    case WebsocketOpcode::kContinuation:
      if (!fragmented_) return false;
      fragmented_ = !final;
      break;
    default:
      return false;
  }
  in_payload_ = true;
  masked_at_ = 0;
  control_.clear();
  return true;
}

void WebsocketReader::EndFrame(std::string& pong) {
  in_payload_ = false;
  taken_ = 0;
  if (opcode_ != WebsocketOpcode::kPing) return;
  char header[kMostWebsocketHeader];
  pong.assign(header, PutWebsocketHeader(header, WebsocketOpcode::kPong, control_.size()));
  pong += control_;
}

WebsocketReader::Result WebsocketReader::Read(std::string_view bytes, std::string& payload,
                                              std::string& pong) {
  while (!bytes.empty()) {
    if (!in_payload_) {
      header_[taken_++] = static_cast<unsigned char>(bytes.front());
      bytes.remove_prefix(1);
      // Of a frame that is not masked nothing need follow.
      if (taken_ == 2 && (header_[1] & kMasked) == 0) return Result::kBroken;
      if (taken_ < HeaderSize()) continue;
      if (!BeginFrame()) return Result::kBroken;
    }
    const unsigned char* mask = header_ + taken_ - kMaskSize;
    size_t size = static_cast<size_t>(std::min<uint64_t>(left_, bytes.size()));
    std::string& to = IsControl(opcode_) ? control_ : payload;
    for (size_t i = 0; i < size; ++i) {
      to += static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ mask[masked_at_]);
      masked_at_ = (masked_at_ + 1) % kMaskSize;
    }
    bytes.remove_prefix(size);
    left_ -= size;
    if (left_ > 0) continue;
    EndFrame(pong);
    if (opcode_ == WebsocketOpcode::kClose) return Result::kClosed;
  }
  return Result::kMore;
}

}  // namespace bryo::api
