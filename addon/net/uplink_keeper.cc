#include "net/uplink_keeper.h"

#include <utility>

namespace bryo {
namespace {

// Until one that is started again is ready.
constexpr int64_t kReadyTime = 10'000 * kMillisecond;

}  // namespace

void UplinkKeeper::Configure(std::vector<std::string> program, std::string preload, int network) {
  uplink_.Configure(std::move(program), std::move(preload), network);
}

Status UplinkKeeper::Begin() {
  backoff_.Began(MonotonicNow());
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
  restart_at_ = backoff_.Ended(now);
}

bool UplinkKeeper::HandleDeadline(int64_t now) {
  if (ready_by_ != 0 && now >= ready_by_) Ended();
  if (!is_due() || now < restart_at_) return false;
  backoff_.Began(now);
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
