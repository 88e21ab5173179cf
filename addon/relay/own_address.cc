#include "relay/own_address.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "net/netlink.h"

namespace bryo {
namespace {

// The container's root may add addresses by the thousand.
constexpr size_t kMostAddresses = 64;
constexpr size_t kMessageSize = 1 << 14;

}  // namespace

Status OwnAddresses::Open(const Events& events, const RelayTarget& first) {
  ipv4_.current = first.ipv4.container;
  ipv6_.current = first.ipv6.container;
  // Addresses that come later take no memory any more.
  ipv4_.all.reserve(kMostAddresses);
  ipv6_.all.reserve(kMostAddresses);
  socket_ = OpenNetlink(NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;
  if (!socket_.valid() ||
      ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      !AskForAddresses(socket_.get(), MSG_DONTWAIT) ||
      !events.Watch(socket_.get(), EPOLLIN, {EventSource::kAddress})) {
    return Status::Errno("port relay: the container's address");
  }
  return {};
}

bool OwnAddresses::Family::Choose() {
  const in6_addr before = current;
  auto same = [&](const in6_addr& one) { return IN6_ARE_ADDR_EQUAL(&one, &before); };
  if (std::any_of(all.begin(), all.end(), same)) return false;
  // Without any nobody is there: the address may be another container's by now.
  current = all.empty() ? in6_addr{} : all.front();
  return !IN6_ARE_ADDR_EQUAL(&current, &before);
}

bool OwnAddresses::Handle() {
  while (Receive()) continue;
  bool changed4 = ipv4_.Choose();
  bool changed6 = ipv6_.Choose();
  return changed4 || changed6;
}

bool OwnAddresses::Receive() {
  alignas(nlmsghdr) unsigned char messages[kMessageSize];
  sockaddr_nl from{};
  socklen_t size = sizeof(from);
  ssize_t got = ::recvfrom(socket_.get(), messages, sizeof(messages), MSG_DONTWAIT,
                           reinterpret_cast<sockaddr*>(&from), &size);
  if (got < 0 && errno == ENOBUFS) {
    ipv4_.all.clear();
    ipv6_.all.clear();
    return AskForAddresses(socket_.get(), MSG_DONTWAIT);
  }
  if (got < 0) return errno == EINTR;
  // Processes of the container may send to the socket, too: only the kernel is believed.
  if (from.nl_pid != 0) return true;
  auto left = static_cast<unsigned>(got);
  for (auto* message = reinterpret_cast<nlmsghdr*>(messages); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == RTM_NEWADDR) Take(message, true);
    if (message->nlmsg_type == RTM_DELADDR) Take(message, false);
  }
  return true;
}

void OwnAddresses::Take(nlmsghdr* head, bool added) {
  if (head->nlmsg_len < NLMSG_LENGTH(sizeof(ifaddrmsg))) return;
  auto* body = reinterpret_cast<ifaddrmsg*>(NLMSG_DATA(head));
  // Addresses for one interface or the machine alone, and those that may be somebody else's.
  if (body->ifa_scope >= RT_SCOPE_LINK || (added && (body->ifa_flags & IFA_F_TENTATIVE) != 0)) {
    return;
  }
  // A point-to-point interface's own address stands in the one attribute, else it may in either.
  const rtattr* found = nullptr;
  auto left = static_cast<int>(IFA_PAYLOAD(head));
  for (auto* attribute = IFA_RTA(body); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    bool is_local = attribute->rta_type == IFA_LOCAL;
    if (is_local || (attribute->rta_type == IFA_ADDRESS && found == nullptr)) found = attribute;
    if (is_local) break;
  }
  in6_addr address{};
  if (found == nullptr) return;
  if (body->ifa_family == AF_INET && RTA_PAYLOAD(found) == sizeof(in_addr)) {
    address = MappedAddress(*reinterpret_cast<in_addr*>(RTA_DATA(found)));
  } else if (body->ifa_family == AF_INET6 && RTA_PAYLOAD(found) == sizeof(in6_addr)) {
    std::memcpy(&address, RTA_DATA(found), sizeof(address));
  } else {
    return;
  }
  std::vector<in6_addr>& all = body->ifa_family == AF_INET ? ipv4_.all : ipv6_.all;
  auto known = std::find_if(all.begin(), all.end(), [&](const in6_addr& one) {
    return IN6_ARE_ADDR_EQUAL(&one, &address);
  });
  if (!added) {
    if (known != all.end()) all.erase(known);
  } else if (known == all.end() && all.size() < kMostAddresses) {
    all.push_back(address);
  }
}

}  // namespace bryo
