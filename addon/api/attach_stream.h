// A hijacked connection: the client is an attach client of a container or of a session in one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "api/connection.h"
#include "api/stream.h"
#include "api/websocket.h"
#include "attach/connection.h"
#include "attach/detach_keys.h"

namespace bryo::api {

struct AttachFlags {
  bool framed = false;     // no terminal: output comes in frames
  bool websocket = false;  // both ways in the frames of a WebSocket
  bool stdin = true;
  bool show_stdout = true;
  bool show_stderr = true;
  std::string detach_keys;  // empty: no way to detach
};

class AttachStream final : public Stream {
 public:
  // `monitor` speaks the attach protocol (monitor/protocol.h).
  AttachStream(Connection& client, const Loop& loop, UniqueFd monitor, AttachFlags flags)
      : client_(client), loop_(loop), flags_(std::move(flags)) {
    monitor_.Adopt(std::move(monitor));
  }

  bool Begin() override;
  void OnClient(uint32_t events) override;
  void OnEvents(uint32_t events) override;
  void Stop() override;

 private:
  void ReadInput();
  // As they come from the client.
  void TakeBytes(std::string_view bytes);
  void TakeInput(const char* bytes, size_t size);
  void EndInput();
  void SendClose();
  void SendInput();
  void Receive();
  // False: no more is to be received now.
  bool HandleMessage(const char* message, size_t size);
  bool SendOutput(char type, const char* bytes, size_t size);
  void Settle();

  Connection& client_;
  const Loop& loop_;
  AttachFlags flags_;
  ::bryo::Connection monitor_;
  DetachKeys keys_;
  WebsocketReader websocket_;
  uint16_t close_reason_ = kWebsocketNormal;
  bool said_close_ = false;
  std::string input_;  // of the client, not sent yet
  uint32_t interest_ = 0;
  bool input_open_ = true;
  bool closes_input_ = false;  // after what is in input_
  bool detaching_ = false;     // so is this
  bool ended_ = false;         // the payload, or the client's wish to stay
  bool broken_ = false;
};

}  // namespace bryo::api
