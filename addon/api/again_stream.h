// A request that waits for something without a worker: until one of a few descriptors is readable,
// or for a time. Then some worker gets it once more.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/connection.h"
#include "api/stream.h"

namespace bryo::api {

inline constexpr size_t kMaxAwaited = 4;

class AgainStream final : public Stream {
 public:
  // `wait`: nanoseconds; kNoDeadline: for as long as it takes.
  AgainStream(Connection& connection, const Loop& loop, std::vector<UniqueFd> fds,
              std::string_view state, int64_t wait)
      : connection_(connection), loop_(loop), fds_(std::move(fds)), state_(state), wait_(wait) {}

  bool KeepsRequest() const override { return true; }
  bool Begin() override;
  void OnClient(uint32_t events) override;
  void OnDeadline() override { WakeUp(-1); }
  void OnEvents(uint32_t events) override;
  void Stop() override;

 private:
  void WakeUp(int woke);

  Connection& connection_;
  const Loop& loop_;
  std::vector<UniqueFd> fds_;
  std::string state_;
  int64_t wait_;
};

}  // namespace bryo::api
