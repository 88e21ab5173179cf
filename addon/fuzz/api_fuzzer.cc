// Heads and bodies of requests, logs, messages of workers, and frames of a WebSocket: any bytes.
// They must be read in the same way however they come in pieces.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "api/head.h"
#include "api/log_lines.h"
#include "api/websocket.h"
#include "api/worker_message.h"
#include "sys/chunked_body.h"

namespace {

using bryo::api::Head;
using bryo::api::HeadResult;

void Check(bool holds) {
  if (!holds) std::abort();
}

bool IsPartOf(std::string_view part, std::string_view whole) {
  return part.empty() ||
         (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

void CheckHead(std::string_view bytes, const Head& head) {
  Check(head.size <= bytes.size() && head.size <= bryo::api::kMaxHead);
  Check(bytes.substr(0, head.size).ends_with("\r\n\r\n"));
  Check(!head.method.empty() && !head.target.empty());
  Check(IsPartOf(head.method, bytes) && IsPartOf(head.target, bytes));
  Check(!head.chunked || head.length == 0);
}

void TryHead(std::string_view bytes, size_t step) {
  size_t scanned = 0;
  Head whole;
  HeadResult at_once = bryo::api::ReadHead(bytes, scanned, whole);
  if (at_once == HeadResult::kComplete) CheckHead(bytes, whole);
  scanned = 0;
  Head head;
  HeadResult result = HeadResult::kIncomplete;
  for (size_t size = 0; result == HeadResult::kIncomplete && size < bytes.size();) {
    size = size + step < bytes.size() ? size + step : bytes.size();
    result = bryo::api::ReadHead(bytes.substr(0, size), scanned, head);
  }
  // Mistakes may show earlier in pieces.
  if (at_once == HeadResult::kComplete) {
    Check(result == HeadResult::kComplete && head.size == whole.size);
    Check(head.length == whole.length && head.chunked == whole.chunked);
  } else {
    Check(result != HeadResult::kComplete);
  }
}

void TryMessage(std::string_view bytes) {
  bryo::api::WorkerMessage message;
  if (!bryo::api::ReadWorkerMessage(bytes, message)) return;
  for (std::string_view part : {message.beyond, message.answer, message.state}) {
    Check(IsPartOf(part, bytes));
  }
  Check(message.word != bryo::api::WorkerWord::kStream || !message.words.empty());
}

// Lines say the same in pieces as at once.
void TryLog(std::string_view bytes, size_t step) {
  bryo::api::LogView view;
  view.framed = step % 2 == 0;
  view.timestamps = step % 3 == 0;
  bryo::api::LogLines whole(view);
  std::string at_once;
  whole.Add(bytes, at_once);
  bryo::api::LogLines pieces(view);
  std::string in_pieces;
  for (size_t at = 0; at < bytes.size(); at += step) pieces.Add(bytes.substr(at, step), in_pieces);
  Check(at_once == in_pieces && whole.waiting() == pieces.waiting());
}

// Frames of a WebSocket carry the same in pieces as at once.
void TryWebsocket(std::string_view bytes, size_t step) {
  using Reader = bryo::api::WebsocketReader;
  Reader whole;
  std::string at_once;
  std::string pong;
  Reader::Result result = whole.Read(bytes, at_once, pong);
  Check(at_once.size() <= bytes.size() && pong.size() <= bryo::api::kMostWebsocketHeader + 125);
  Reader pieces;
  std::string in_pieces;
  std::string last_pong;
  Reader::Result last = Reader::Result::kMore;
  for (size_t at = 0; last == Reader::Result::kMore && at < bytes.size(); at += step) {
    last = pieces.Read(bytes.substr(at, step), in_pieces, last_pong);
  }
  Check(last == result && at_once == in_pieces && pong == last_pong);
}

// The content of a body in chunks, of which at most `step` bytes come at once; false: there is
// none.
bool ReadChunks(std::string_view bytes, size_t step, std::string& content, size_t& taken) {
  using bryo::ChunkedBody;
  ChunkedBody body;
  for (size_t at = 0; at < bytes.size(); at += step) {
    std::string_view piece = bytes.substr(at, step);
    const std::string_view all = piece;
    for (;;) {
      std::string_view data;
      ChunkedBody::Next next = body.Take(piece, data);
      Check(IsPartOf(piece, all) && IsPartOf(data, all));
      if (next == ChunkedBody::Next::kBad) return false;
      taken = at + all.size() - piece.size();
      if (next == ChunkedBody::Next::kEnd) return true;
      if (next == ChunkedBody::Next::kMore) break;
      Check(!data.empty());
      content += data;
    }
  }
  return false;
}

void TryChunks(std::string_view bytes, size_t step) {
  std::string at_once;
  std::string in_pieces;
  size_t taken = 0;
  size_t taken_in_pieces = 0;
  bool is_whole = ReadChunks(bytes, bytes.size() + 1, at_once, taken);
  Check(is_whole == ReadChunks(bytes, step, in_pieces, taken_in_pieces));
  if (is_whole) Check(at_once == in_pieces && taken == taken_in_pieces);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  TryHead(bytes, 1 + size % 7);
  TryMessage(bytes);
  TryLog(bytes, 1 + size % 7);
  TryWebsocket(bytes, 1 + size % 7);
  TryChunks(bytes, 1 + size % 7);
  return 0;
}
