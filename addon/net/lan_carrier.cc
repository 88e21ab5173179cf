#include "net/lan_carrier.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>
#include <memory>

namespace bryo {
namespace {

// A head and the largest packet of IP (65,535 bytes) with its Ethernet header.
constexpr size_t kLargestFrame = 66'000;
// In one go, so that neither direction waits for long.
constexpr int kFramesAtOnce = 64;
constexpr int kRetryMilliseconds = 1000;

class Carrier {
 public:
  // False: the device that is read from is gone. As of a switch, frames that the other side does
  // not take are lost.
  bool Carry(int from, int to) {
    for (int count = 0; count < kFramesAtOnce; ++count) {
      ssize_t size = ::read(from, frame_.get(), kLargestFrame);
      if (size < 0) return errno == EAGAIN || errno == EINTR || errno == EIO;
      if (size == 0) return true;
      ssize_t sent = ::write(to, frame_.get(), static_cast<size_t>(size));
      (void)sent;
    }
    return true;
  }

 private:
  std::unique_ptr<char[]> frame_ = std::make_unique<char[]>(kLargestFrame);
};

}  // namespace

void CarryFrames(const LanDevice& device, UniqueFd& outer, int inner, int watcher) {
  Carrier carrier;
  for (;;) {
    if (!outer.valid()) {
      Status opened = OpenLanDevice(device, outer);
      (void)opened;  // as long as it is not back
    }
    // Without the device nothing is read from the other one either: its queue throws away.
    const bool open = outer.valid();
    pollfd waits[] = {
        {watcher, POLLIN, 0}, {outer.get(), POLLIN, 0}, {open ? inner : -1, POLLIN, 0}};
    if (::poll(waits, std::size(waits), open ? -1 : kRetryMilliseconds) < 0) continue;
    if (waits[0].revents != 0) return;
    if (!open) continue;
    bool there = (waits[1].revents & (POLLERR | POLLHUP | POLLNVAL)) == 0;
    if (there && waits[1].revents != 0) there = carrier.Carry(outer.get(), inner);
    if (waits[2].revents != 0) carrier.Carry(inner, outer.get());
    if (!there) outer.reset();
  }
}

}  // namespace bryo
