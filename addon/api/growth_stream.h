// A request that waits for more in a file that grows and is rotated, as the log of events does:
// then some worker gets it once more. Nothing is read here, for what comes is to be told in the
// client's way.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/connection.h"
#include "api/stream.h"

namespace bryo::api {

struct GrowthFlags {
  std::string name;            // of the newest file, in its directory
  int64_t seen = 0;            // bytes of the file that the worker has read
  int64_t wait = kNoDeadline;  // nanoseconds, after which a worker gets it in any case
};

class GrowthStream final : public Stream {
 public:
  // `fds`: the file, and its directory.
  GrowthStream(Connection& connection, std::vector<UniqueFd> fds, std::string_view state,
               GrowthFlags flags)
      : connection_(connection), fds_(std::move(fds)), state_(state), flags_(std::move(flags)) {}

  bool KeepsRequest() const override { return true; }
  bool Begin() override;
  void OnClient(uint32_t events) override;
  void OnDeadline() override;
  void OnEvents(uint32_t) override {}
  void Stop() override {}

 private:
  bool HasGrown() const;

  Connection& connection_;
  std::vector<UniqueFd> fds_;
  std::string state_;
  GrowthFlags flags_;
  int64_t pause_ = 0;  // until the next look
  int64_t end_ = kNoDeadline;
};

}  // namespace bryo::api
