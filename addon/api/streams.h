// Makes a stream of a worker's words (worker_message.h):
//
//   attach [--framed] [--no-stdin] [--no-stdout] [--no-stderr] [--detach-keys KEYS]
//          with the connection to the monitor
//   again [--after MILLISECONDS]
//          with up to kMaxAwaited descriptors that are waited for
#pragma once

#include <memory>
#include <vector>

#include "api/connection.h"
#include "api/stream.h"
#include "api/worker_message.h"

namespace bryo::api {

// Null: the words make no sense.
std::unique_ptr<Stream> MakeStream(Connection& connection, const Loop& loop,
                                   const WorkerMessage& message, std::vector<UniqueFd> fds);

}  // namespace bryo::api
