#include "monitor/relay_keeper.h"

#include <algorithm>
#include <utility>

#include "launcher/port_relay.h"

namespace bryo {
namespace {

// Between two starts of a relay that does not last.
constexpr int64_t kFirstPause = 50 * kMillisecond;
constexpr int64_t kLongestPause = 5000 * kMillisecond;
constexpr int64_t kSoundRun = 10'000 * kMillisecond;

}  // namespace

RelayKeeper::RelayKeeper(RelayHandles handles, const std::vector<UniqueFd>& published)
    : handles_(std::move(handles)), published_(published), began_(MonotonicNow()) {}

void RelayKeeper::ListDescriptors(std::vector<int>& out) const {
  out.push_back(handles_.ports.get());
}

void RelayKeeper::Later() {
  int64_t now = MonotonicNow();
  report_.reset();
  pause_ = now - began_ > kSoundRun ? 0 : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  start_at_ = now + pause_;
}

bool RelayKeeper::Ended(pid_t pid) {
  if (!handles_.ports.valid() || pid != handles_.relay) return false;
  handles_.relay = -1;
  // Why is in the report, which may still be read.
  if (!report_.valid()) Later();
  return true;
}

RelayKeeper::Told RelayKeeper::HandleReport() {
  bool relays = ReadRelayReport(report_.get()).ok() && handles_.relay > 0;
  report_.reset();
  if (relays) return Told::kRelays;
  Later();
  return Told::kFailed;
}

pid_t RelayKeeper::HandleDeadline(int64_t now, pid_t payload) {
  if (now < start_at_) return 0;
  start_at_ = kNoDeadline;
  began_ = now;
  StartedRelay started;
  Status status =
      SpawnPortRelay(handles_.ports.get(), {payload, handles_.network, published_}, started);
  if (!status.ok()) {
    Later();
    return 0;
  }
  handles_.relay = started.pid;
  report_ = std::move(started.report);
  return started.pid;
}

}  // namespace bryo
