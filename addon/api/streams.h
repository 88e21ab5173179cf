// Makes a stream of a worker's words (worker_message.h):
//
//   attach [--framed] [--no-stdin] [--no-stdout] [--no-stderr] [--detach-keys KEYS]
//          with the connection to the monitor
//   again [--after MILLISECONDS]
//          with up to kMaxAwaited descriptors that are waited for
//   grown --name NAME --seen BYTES [--after MILLISECONDS]
//          with a file and its directory, where that file is NAME until it is rotated
//   follow [--framed] [--chunked] [--timestamps] [--no-stdout] [--no-stderr] [--offset BYTES]
//          --name NAME --files NUMBER
//          with a file, its directory, and a pidfd of the monitor that writes it
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
