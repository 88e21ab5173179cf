// The log of a container for a client who follows it: read from the files as the monitor rotates
// them. When the container has ended, some worker gets the request once more.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "api/connection.h"
#include "api/log_lines.h"
#include "api/stream.h"

namespace bryo::api {

inline constexpr uint32_t kMostLogFiles = 1000;

struct FollowFlags {
  bool chunked = false;
  LogView view;
  std::string name;     // of the newest file, in its directory; older ones end in .1, .2, …
  uint32_t files = 1;   // as many are kept
  int64_t offset = -1;  // in the file that is read; -1: where its descriptor is
};

// Descriptors of a followed log; the monitor's is a pidfd.
struct FollowedLog {
  UniqueFd file;
  UniqueFd directory;
  UniqueFd monitor;
};

class FollowStream final : public Stream {
 public:
  FollowStream(Connection& client, const Loop& loop, FollowedLog log, std::string_view state,
               FollowFlags flags)
      : client_(client),
        loop_(loop),
        log_(std::move(log)),
        state_(state),
        flags_(std::move(flags)),
        lines_(flags_.view) {}

  bool KeepsRequest() const override { return true; }
  bool Begin() override;
  void OnClient(uint32_t events) override;
  void OnDeadline() override { Pump(); }
  void OnEvents(uint32_t events) override;
  void Stop() override { loop_.Forget(log_.monitor.get()); }

 private:
  enum class Read { kSome, kNone, kBroken };

  void Pump();
  Read ReadSome();
  // Whether another file has come after this one, which is read from then on.
  bool TakeSuccessor();
  int NewerThan(const struct stat& own) const;
  std::string NameOf(int age) const;
  bool Send(std::string_view bytes);
  void GiveBack();

  Connection& client_;
  const Loop& loop_;
  FollowedLog log_;
  std::string state_;
  FollowFlags flags_;
  LogLines lines_;
  int64_t pause_;           // until the next look
  bool is_last_ = false;    // a newer file is there: nothing is added to this one
  bool has_ended_ = false;  // the monitor
};

}  // namespace bryo::api
