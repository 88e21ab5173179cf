// The arguments of the service (src/cli/system/service.ts writes it):
//
//   [--socket PATH] [--tcp ADDRESS PORT]... [--fd NUMBER]...  where it listens
//   [--time SECONDS]    it ends when it was not used for so long; 0: never
//   [--with-parent]     it ends with the process that has started it
//   [--most WORKERS] [--log-level WORD]
//   -- PROGRAM WORD...  starts a worker
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "api/log.h"

namespace bryo::api {

struct TcpPlace {
  std::string address;
  uint16_t port = 0;
};

struct Options {
  std::vector<std::string> sockets;
  std::vector<TcpPlace> tcp;
  std::vector<int> fds;
  int64_t idle_seconds = 5;
  size_t most_workers = 8;
  LogLevel log_level = LogLevel::kWarning;
  bool with_parent = false;
  std::vector<std::string> worker;
};

// False when they make no sense.
bool ReadOptions(int argc, char** argv, Options& out);

}  // namespace bryo::api
