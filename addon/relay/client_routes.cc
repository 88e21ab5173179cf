#include "relay/client_routes.h"

#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "net/netlink.h"

namespace bryo {
namespace {

// A request of rtnetlink(7) with room for the attributes of a route.
struct Request {
  nlmsghdr head;
  rtmsg route;
  unsigned char attributes[96];

  void Add(uint16_t type, const void* value, uint16_t size) {
    auto* attribute =
        reinterpret_cast<rtattr*>(reinterpret_cast<unsigned char*>(this) + head.nlmsg_len);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    std::memcpy(RTA_DATA(attribute), value, size);
    head.nlmsg_len += RTA_ALIGN(attribute->rta_len);
  }

  void AddAddress(uint16_t type, const in6_addr& address) {
    bool ipv4 = IN6_IS_ADDR_V4MAPPED(&address);
    Add(type, ipv4 ? &address.s6_addr[12] : &address.s6_addr[0], ipv4 ? 4 : 16);
  }
};

}  // namespace

Status ClientRoutes::Open() {
  socket_ = OpenNetlink(NETLINK_ROUTE);
  loopback_ = ::if_nametoindex("lo");
  return socket_.valid() && loopback_ > 0 ? Status() : Status::Errno("routes to clients");
}

bool ClientRoutes::Change(uint16_t type, const ClientFlow& flow, const in6_addr* own) {
  if (!socket_.valid()) return false;
  bool ipv4 = IN6_IS_ADDR_V4MAPPED(&flow.client);
  Request request{};
  request.head.nlmsg_len = NLMSG_LENGTH(sizeof(rtmsg));
  request.head.nlmsg_type = type;
  request.head.nlmsg_flags =
      NLM_F_REQUEST | NLM_F_ACK | (type == RTM_NEWROUTE ? NLM_F_CREATE | NLM_F_APPEND : 0);
  request.route.rtm_family = ipv4 ? AF_INET : AF_INET6;
  request.route.rtm_dst_len = ipv4 ? 32 : 128;
  request.route.rtm_protocol = RTPROT_STATIC;
  request.route.rtm_scope = RT_SCOPE_HOST;
  request.route.rtm_type = RTN_LOCAL;
  request.AddAddress(RTA_DST, flow.client);
  if (own != nullptr) request.AddAddress(RTA_PREFSRC, *own);
  request.Add(RTA_OIF, &loopback_, sizeof(loopback_));
  request.Add(RTA_TABLE, &flow.table, sizeof(flow.table));
  // Several flows of a client have a route each, so that none ends with another's.
  const uint32_t metric = flow.number + 1;
  request.Add(RTA_PRIORITY, &metric, sizeof(metric));
  if (::send(socket_.get(), &request, request.head.nlmsg_len, MSG_DONTWAIT) < 0) return false;
  // The kernel has carried it out by now, and so answered.
  alignas(nlmsghdr) unsigned char bytes[1024];
  sockaddr_nl from{};
  socklen_t size = sizeof(from);
  bool done = false;
  for (;;) {
    ssize_t got = ::recvfrom(socket_.get(), bytes, sizeof(bytes), MSG_DONTWAIT,
                             reinterpret_cast<sockaddr*>(&from), &size);
    if (got < 0) return done;
    const auto* head = reinterpret_cast<const nlmsghdr*>(bytes);
    // Processes of the container may send to the socket, too: only the kernel is believed.
    if (from.nl_pid != 0 || static_cast<size_t>(got) < NLMSG_LENGTH(sizeof(nlmsgerr)) ||
        head->nlmsg_type != NLMSG_ERROR) {
      continue;
    }
    int error = reinterpret_cast<const nlmsgerr*>(NLMSG_DATA(head))->error;
    done = error == 0 || (type == RTM_NEWROUTE && error == -EEXIST);
  }
}

bool ClientRoutes::Add(const ClientFlow& flow, const in6_addr& own) {
  return Change(RTM_NEWROUTE, flow, &own);
}

void ClientRoutes::Remove(const ClientFlow& flow) { Change(RTM_DELROUTE, flow, nullptr); }

}  // namespace bryo
