#include "net/services.h"

#include <sys/epoll.h>
#include <sys/resource.h>

#include <utility>

#include "net/egress_events.h"
#include "net/egress_log.h"
#include "net/gate_rules.h"
#include "net/in_thread.h"
#include "net/netlink.h"

namespace bryo {
namespace {

constexpr char kResolvers[] = "/etc/resolv.conf";

// Every connection takes two descriptors.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

bool WatchOne(int epoll, int fd, void* data) {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.ptr = data;
  return ::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &interest) == 0;
}

}  // namespace

Status Services::Open(const std::string& directory, const std::string& nft, int network,
                      bool renewed) {
  RaiseDescriptorLimit();
  dns::Listeners listeners;
  UniqueFd netfilter;
  UniqueFd log;
  Status status = InNetwork(network, [&] {
    netfilter = OpenNetlink(NETLINK_NETFILTER);
    log = OpenEgressLog();
    return dns::OpenListeners(listeners);
  });
  if (!status.ok()) return status;
  names_ = std::make_unique<dns::Responder>(directory, kResolvers);
  status = names_->Open(std::move(listeners));
  refusals_ = std::make_unique<EgressEvents>();
  names_->OpenEgress(std::move(netfilter), std::move(log), refusals_.get());
  if (status.ok() && !OpenGate(nft, network, renewed).ok()) gate_.reset();
  return status;
}

Status Services::OpenGate(const std::string& nft, int network, bool renewed) {
  if (!renewed && !gate::LayRules(nft, network)) return Status::Error("gate rules");
  gate::Sockets sockets;
  Status status = InNetwork(network, [&] {
    Status opened = gate::OpenSockets(sockets);
    return opened.ok() ? gate::LayRoutes() : opened;
  });
  if (!status.ok()) return status;
  gate_ = std::make_unique<gate::Gate>();
  return gate_->Open(std::move(sockets));
}

bool Services::Watch(int epoll, void* names, void* gate) const {
  return WatchOne(epoll, names_->fd(), names) &&
         (gate_ == nullptr || WatchOne(epoll, gate_->fd(), gate));
}

}  // namespace bryo
