// The words of a worker to the acceptor: one message of their SOCK_SEQPACKET channel each, a line
// of words and the bytes that it counts (src/api has the other end).
//
//   ready                  it can serve
//   begun                  it is about to write the answer to the connection itself
//   keep N [A]             served: N bytes were read beyond the request, A bytes are the answer
//   close [A]              served: the connection is to be closed after A bytes of answer
//   stream KIND ... A E    native code goes on with the connection: A bytes are to be written
//                          first, E bytes of the client were read; the rest is the worker's state
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace bryo::api {

inline constexpr size_t kMaxWorkerMessage = 196608;

enum class WorkerWord { kReady, kBegun, kKeep, kClose, kStream };

struct WorkerMessage {
  WorkerWord word = WorkerWord::kReady;
  std::vector<std::string_view> words;  // of a stream: its kind and flags
  std::string_view beyond;              // bytes of the client that follow the request
  std::string_view answer;
  std::string_view state;
};

// All views in `out` are parts of `bytes`. False when it is no such message.
bool ReadWorkerMessage(std::string_view bytes, WorkerMessage& out);

}  // namespace bryo::api
