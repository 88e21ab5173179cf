#include "relay/own_address.h"

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "net/netlink.h"

namespace bryo {
namespace {

// The container's root may add addresses by the thousand.
constexpr size_t kMostAddresses = 64;
constexpr size_t kMessageSize = 1 << 14;

}  // namespace

Status OwnAddress::Open(const Events& events, in_addr first) {
  current_ = first;
  socket_ = OpenNetlink(NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_IPV4_IFADDR;
  if (!socket_.valid() ||
      ::bind(socket_.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 ||
      !Ask() || !events.Watch(socket_.get(), EPOLLIN, {EventSource::kAddress})) {
    return Status::Errno("port relay: the container's address");
  }
  return {};
}

// For all addresses that are there.
bool OwnAddress::Ask() const {
  struct {
    nlmsghdr head;
    ifaddrmsg body;
  } request{};
  request.head.nlmsg_len = sizeof(request);
  request.head.nlmsg_type = RTM_GETADDR;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.ifa_family = AF_INET;
  return ::send(socket_.get(), &request, sizeof(request), MSG_DONTWAIT) == sizeof(request);
}

bool OwnAddress::Handle() {
  const in_addr_t before = current_.s_addr;
  while (Receive()) continue;
  bool is_there = std::find(addresses_.begin(), addresses_.end(), before) != addresses_.end();
  // Without any address the last one stays: whoever connects hears that nobody is there.
  if (!is_there && !addresses_.empty()) current_.s_addr = addresses_.front();
  return current_.s_addr != before;
}

bool OwnAddress::Receive() {
  alignas(nlmsghdr) unsigned char messages[kMessageSize];
  sockaddr_nl from{};
  socklen_t size = sizeof(from);
  ssize_t got = ::recvfrom(socket_.get(), messages, sizeof(messages), MSG_DONTWAIT,
                           reinterpret_cast<sockaddr*>(&from), &size);
  if (got < 0 && errno == ENOBUFS) {
    addresses_.clear();
    return Ask();
  }
  if (got < 0) return errno == EINTR;
  // Processes of the container may send to the socket, too: only the kernel is believed.
  if (from.nl_pid != 0) return true;
  auto left = static_cast<unsigned>(got);
  for (auto* message = reinterpret_cast<nlmsghdr*>(messages); NLMSG_OK(message, left);
       message = NLMSG_NEXT(message, left)) {
    if (message->nlmsg_type == RTM_NEWADDR || message->nlmsg_type == RTM_DELADDR) {
      Take(message, message->nlmsg_type);
    }
  }
  return true;
}

void OwnAddress::Take(const void* message, uint16_t type) {
  auto* head = static_cast<nlmsghdr*>(const_cast<void*>(message));
  if (head->nlmsg_len < NLMSG_LENGTH(sizeof(ifaddrmsg))) return;
  auto* body = reinterpret_cast<ifaddrmsg*>(NLMSG_DATA(head));
  if (body->ifa_family != AF_INET || body->ifa_scope == RT_SCOPE_HOST) return;
  auto left = static_cast<int>(IFA_PAYLOAD(head));
  for (auto* attribute = IFA_RTA(body); RTA_OK(attribute, left);
       attribute = RTA_NEXT(attribute, left)) {
    if (attribute->rta_type != IFA_LOCAL || RTA_PAYLOAD(attribute) != sizeof(in_addr_t)) continue;
    in_addr_t address = *reinterpret_cast<in_addr_t*>(RTA_DATA(attribute));
    auto known = std::find(addresses_.begin(), addresses_.end(), address);
    if (type == RTM_DELADDR) {
      if (known != addresses_.end()) addresses_.erase(known);
    } else if (known == addresses_.end() && addresses_.size() < kMostAddresses) {
      addresses_.push_back(address);
    }
  }
}

}  // namespace bryo
