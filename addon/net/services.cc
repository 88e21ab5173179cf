#include "net/services.h"

#include <poll.h>
#include <time.h>

#include <cerrno>
#include <iterator>
#include <utility>

#include "monitor/clock.h"
#include "monitor/protect.h"
#include "net/egress_log.h"
#include "net/gate_rules.h"
#include "net/in_thread.h"

namespace bryo {
namespace {

constexpr char kResolvers[] = "/etc/resolv.conf";
// Until the kernel has closed what a killed process had.
constexpr int64_t kPatience = 10'000 * kMillisecond;
constexpr timespec kPause{0, 3'000'000};

Status OpenGate(gate::Sockets& out) {
  out = {};
  Status opened = gate::OpenSockets(out);
  return opened.ok() ? gate::LayRoutes() : opened;
}

// Again while an earlier process's are about to close.
template <typename Work>
Status WhenFree(const Work& work) {
  const int64_t until = MonotonicNow() + kPatience;
  for (;;) {
    Status status = work();
    bool is_taken = status.err() == EADDRINUSE || status.err() == EBUSY;
    if (!is_taken || MonotonicNow() > until) return status;
    ::nanosleep(&kPause, nullptr);
  }
}

}  // namespace

std::vector<int> ServiceSockets::descriptors() const {
  std::vector<int> fds = {egress_log.get()};
  for (int family = 0; family < dns::Listeners::kFamilies; ++family) {
    fds.push_back(names.datagrams[family].get());
    fds.push_back(names.streams[family].get());
    if (gate) fds.push_back(gate->listeners[family].get());
  }
  if (gate) fds.push_back(gate->device.get());
  return fds;
}

Status OpenServiceSockets(int network, bool has_gate, ServiceSockets& out) {
  return InNetwork(network, [&] {
    Status status = WhenFree([&] {
      out.names = {};
      return dns::OpenListeners(out.names);
    });
    out.egress_log = OpenEgressLog();
    out.gate.emplace();
    if (!has_gate || !WhenFree([&] { return OpenGate(*out.gate); }).ok()) out.gate.reset();
    return status;
  });
}

Services::Services(const std::string& directory, UniqueFd channel)
    : holder_(std::move(channel)), refusals_(holder_), names_(directory, kResolvers) {}

Status Services::Open(ServiceSockets sockets) {
  Status status = names_.Open(std::move(sockets.names));
  names_.OpenEgress(&holder_, std::move(sockets.egress_log), &refusals_);
  if (!status.ok() || !sockets.gate) return status;
  gate_ = std::make_unique<gate::Gate>();
  return gate_->Open(std::move(*sockets.gate));
}

void Services::Run() {
  Quiet quiet;
  for (;;) {
    pollfd waits[] = {{names_.fd(), POLLIN, 0}, {gate_ ? gate_->fd() : -1, POLLIN, 0}};
    int ready = ::poll(waits, std::size(waits), quiet.Timeout(-1));
    quiet.Waited(ready != 0);
    if (ready < 0 && errno != EINTR) return;
    if (waits[0].revents != 0) names_.Handle();
    if (waits[1].revents != 0) gate_->Handle();
  }
}

}  // namespace bryo
