#include "net/uplink.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <iterator>

#include "net/in_thread.h"
#include "net/links.h"
#include "net/names.h"
#include "net/plain_routes.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

constexpr char kNetworkMark[] = "%NETWORK%";
constexpr int kReadyMilliseconds = 10'000;

// slirp4netns's IPv6 network is always this one. It tells of it by router advertisements, which
// hosts that forward do not listen to.
constexpr char kAddress6[] = "fd00::100/64";
constexpr char kGateway6[] = "fd00::2";

}  // namespace

void Uplink::Configure(std::vector<std::string> program, std::string preload, int network) {
  network_ = network;
  plan_.preload = std::move(preload);
  plan_.argv = std::move(program);
  const std::string path = "/proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(network);
  for (std::string& word : plan_.argv) {
    if (word == kNetworkMark) word = path;
  }
}

void Uplink::Stop() {
  if (helper_.ended_fd() >= 0) sys::pidfd_send_signal(helper_.ended_fd(), SIGKILL);
  helper_ = NetworkHelper();
  exit_.reset();
}

Status Uplink::Start() {
  Stop();
  return helper_.Start(plan_, ::getpid());
}

Status Uplink::Finish() {
  pollfd waits[] = {{helper_.ready_fd(), POLLIN, 0}, {helper_.ended_fd(), POLLIN, 0}};
  if (::poll(waits, std::size(waits), kReadyMilliseconds) <= 0) {
    return Status::Errno("slirp4netns", ETIMEDOUT);
  }
  Status ready = helper_.Finish(plan_);
  if (!ready.ok()) return ready;
  exit_ = helper_.TakeExitFd();
  Status routed = InNetwork(network_, [this]() { return AddPlainWay(); });
  if (!routed.ok()) return routed;
  // A kernel without IPv6 still has IPv4.
  Status added = InNetwork(network_, [this]() { return AddIpv6(); });
  return added.err() == EAFNOSUPPORT || added.err() == EOPNOTSUPP || added.err() == EACCES
             ? Status()
             : added;
}

// Where no rules translate their addresses, slirp4netns finds containers by ARP.
Status Uplink::AddPlainWay() const {
  auto index = static_cast<int>(::if_nametoindex(kUplink));
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (index == 0 || !socket.valid()) return Status::Errno(kUplink);
  const std::string path = std::string("/proc/sys/net/ipv4/conf/") + kUplink + "/proxy_arp";
  (void)WriteFileAt(AT_FDCWD, path.c_str(), "1");
  NetlinkBatch batch;
  AddPlainRoute(batch, index);
  return batch.Send(socket.get());
}

Status Uplink::AddIpv6() const {
  auto index = static_cast<int>(::if_nametoindex(kUplink));
  if (index == 0) return Status::Errno(kUplink, ENODEV);
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  NetworkAddress address;
  NetworkAddress gateway;
  if (!socket.valid() || !ReadAddress(kAddress6, address) || !ReadAddress(kGateway6, gateway)) {
    return Status::Errno("netlink");
  }
  NetlinkBatch batch;
  AddAddress(batch, address, index);
  AddRoute(batch, NetworkAddress{}, gateway, 0, index);
  return batch.Send(socket.get());
}

}  // namespace bryo
