#include "net/probe.h"

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <unistd.h>

#include <string>

#include "net/egress.h"
#include "net/firewall.h"
#include "net/gate_rules.h"
#include "net/gate_sockets.h"
#include "net/holder_options.h"
#include "net/in_thread.h"
#include "net/netlink.h"
#include "net/shaping.h"
#include "net/spaces.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr char kTried[] = "tried";
constexpr uint64_t kTriedRate = 1'000'000;
constexpr char kTriedSource[] = "198.18.78.1";

// Makes an interface of a kind, of which others may be made.
Status MakeLink(int socket, const char* kind, const std::string& name, unsigned parent) {
  NetlinkBatch batch;
  batch.Begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL | NLM_F_ACK, ifinfomsg{}, kind);
  batch.AddText(IFLA_IFNAME, name);
  if (parent > 0) batch.Add(IFLA_LINK, parent);
  size_t info = batch.Open(IFLA_LINKINFO);
  batch.AddText(IFLA_INFO_KIND, kind);
  batch.Close(info);
  return batch.Send(socket);
}

// In the network namespace: words of the devices and disciplines that can be made there.
Status TryDevices(std::string& found) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  if (MakeLink(socket.get(), "bridge", "tried-bridge", 0).ok()) found += " bridge";
  if (!MakeLink(socket.get(), "veth", kTried, 0).ok()) return {};
  found += " veth";
  unsigned pair = ::if_nametoindex(kTried);
  if (MakeLink(socket.get(), "macvlan", "tried-macvlan", pair).ok()) found += " macvlan";
  NetlinkBatch batch;
  AddShaping(batch, static_cast<int>(pair), kTried, kTriedRate);
  if (batch.Send(socket.get()).ok()) found += " shaping";
  return {};
}

Status TryPolicy(std::string& found) {
  UniqueFd socket = OpenNetlink(NETLINK_NETFILTER);
  NetworkAddress source;
  EgressOpening opening;
  if (ReadAddress(kTriedSource, source) && ReadOpening("192.0.2.1/32 tcp 443", opening) &&
      LayPolicy(socket.get(), 1, {source}, {opening}).ok()) {
    found += " egress";
  }
  return {};
}

Status TryGate(std::string& found) {
  gate::Sockets sockets;
  if (gate::OpenSockets(sockets).ok() && gate::LayRoutes().ok()) found += " gate";
  return {};
}

Status Try(const HolderOptions& options, std::string& found) {
  Spaces spaces;
  Status status = MakeSpaces(options.ids, spaces);
  if (!status.ok()) return status;
  int network = spaces.network.get();
  status = InNetwork(network, [&found] { return TryDevices(found); });
  if (!status.ok()) return status;
  LaidRules laid = LayRules(options.nft, network);
  if (laid.firewall == Firewall::kNone) return {};
  found += " firewall";
  if (laid.firewall == Firewall::kGuarded) found += " guard";
  status = InNetwork(network, [&found] { return TryPolicy(found); });
  if (status.ok() && laid.gate) {
    status = InNetwork(network, [&found] { return TryGate(found); });
  }
  return status;
}

}  // namespace

int NetProbeMain(int argc, char** argv) {
  HolderOptions options;
  if (!ReadHolderOptions(argc, argv, options)) return 125;
  std::string text = "ok";
  Status tried = Try(options, text);
  if (!tried.ok()) text = tried.message();
  WriteFull(STDOUT_FILENO, text.data(), text.size());
  return 0;
}

}  // namespace bryo
