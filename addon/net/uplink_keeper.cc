#include "net/uplink_keeper.h"

#include <algorithm>
#include <utility>

namespace bryo {
namespace {

// Between two starts of one that ends at once.
constexpr int64_t kFirstPause = 50 * kMillisecond;
constexpr int64_t kLongestPause = 5000 * kMillisecond;
constexpr int64_t kSoundRun = 10'000 * kMillisecond;
// Until one that is started again is ready.
constexpr int64_t kReadyTime = 10'000 * kMillisecond;

}  // namespace

void UplinkKeeper::Configure(std::vector<std::string> program, std::string preload, int network) {
  uplink_.Configure(std::move(program), std::move(preload), network);
}

Status UplinkKeeper::Begin() {
  began_ = MonotonicNow();
  return uplink_.Start();
}

Status UplinkKeeper::Await() {
  Status ready = uplink_.Finish();
  if (!ready.ok()) restart_at_ = MonotonicNow() + kFirstPause;
  return ready;
}

void UplinkKeeper::Ended() {
  const int64_t now = MonotonicNow();
  ready_by_ = 0;
  uplink_.Stop();
  pause_ = now - began_ > kSoundRun ? 0 : std::clamp(pause_ * 2, kFirstPause, kLongestPause);
  restart_at_ = now + pause_;
}

bool UplinkKeeper::HandleDeadline(int64_t now) {
  if (ready_by_ != 0 && now >= ready_by_) Ended();
  if (!is_due() || now < restart_at_) return false;
  began_ = now;
  restart_at_ = 0;
  if (!uplink_.Start().ok()) {
    Ended();
    return false;
  }
  ready_by_ = now + kReadyTime;
  return true;
}

void UplinkKeeper::Ready() {
  if (ready_by_ == 0) return;
  ready_by_ = 0;
  if (!uplink_.Finish().ok()) Ended();
}

}  // namespace bryo
