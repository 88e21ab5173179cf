#include "relay/return_path.h"

#include <linux/fib_rules.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bryo {
namespace {

// Of the routes; a container's network has no other than the kernel's own.
constexpr uint32_t kTable = 1984;
// Behind the table of the container's own addresses (0), before the main one (32766).
constexpr uint32_t kPriority = 1984;
// Each is looked at for every packet that the container sends.
constexpr size_t kMostRules = 64;

// One request of rtnetlink(7) with its attributes.
class Request {
 public:
  template <typename Header>
  Request(uint16_t type, const Header& header) {
    auto* message = reinterpret_cast<nlmsghdr*>(bytes_);
    message->nlmsg_type = type;
    message->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE;
    std::memcpy(NLMSG_DATA(message), &header, sizeof(header));
    size_ = NLMSG_SPACE(sizeof(header));
  }

  template <typename Value>
  void Add(uint16_t type, const Value& value) {
    Add(type, &value, sizeof(value));
  }

  void Add(uint16_t type, const void* value, size_t size) {
    auto* attribute = reinterpret_cast<rtattr*>(bytes_ + size_);
    attribute->rta_type = type;
    attribute->rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
    std::memcpy(RTA_DATA(attribute), value, size);
    size_ += RTA_SPACE(size);
  }

  Status Send(int socket) {
    reinterpret_cast<nlmsghdr*>(bytes_)->nlmsg_len = static_cast<uint32_t>(size_);
    if (::send(socket, bytes_, size_, 0) < 0) return Status::Errno("return path");
    alignas(nlmsghdr) char answer[512];
    ssize_t got = ::recv(socket, answer, sizeof(answer), 0);
    auto* message = reinterpret_cast<nlmsghdr*>(answer);
    if (got < 0 || static_cast<size_t>(got) < NLMSG_LENGTH(sizeof(nlmsgerr)) ||
        message->nlmsg_type != NLMSG_ERROR) {
      return Status::Errno("return path", EPROTO);
    }
    int error = -reinterpret_cast<nlmsgerr*>(NLMSG_DATA(message))->error;
    return error == 0 || error == EEXIST ? Status() : Status::Errno("return path", error);
  }

 private:
  alignas(nlmsghdr) char bytes_[256] = {};
  size_t size_ = 0;
};

std::vector<fib_rule_port_range> RangesOf(const std::vector<HostPort>& ports) {
  std::vector<uint16_t> numbers;
  numbers.reserve(ports.size());
  for (const HostPort& port : ports) numbers.push_back(port.container_port);
  std::sort(numbers.begin(), numbers.end());
  std::vector<fib_rule_port_range> ranges;
  for (uint16_t number : numbers) {
    if (!ranges.empty() && number <= ranges.back().end + 1) {
      ranges.back().end = number;
    } else {
      ranges.push_back({number, number});
    }
  }
  return ranges;
}

Status AddRoute(int socket) {
  rtmsg route{};
  route.rtm_family = AF_INET;
  route.rtm_protocol = RTPROT_STATIC;
  route.rtm_scope = RT_SCOPE_HOST;
  route.rtm_type = RTN_LOCAL;
  Request request(RTM_NEWROUTE, route);
  request.Add(RTA_TABLE, kTable);
  request.Add(RTA_OIF, ::if_nametoindex("lo"));
  return request.Send(socket);
}

Status AddRule(int socket, const fib_rule_port_range& ports) {
  fib_rule_hdr rule{};
  rule.family = AF_INET;
  rule.action = FR_ACT_TO_TBL;
  Request request(RTM_NEWRULE, rule);
  request.Add(FRA_PRIORITY, kPriority);
  request.Add(FRA_TABLE, kTable);
  // From the loopback device comes what the container itself sends.
  request.Add(FRA_IIFNAME, "lo");
  request.Add(FRA_IP_PROTO, static_cast<uint8_t>(IPPROTO_TCP));
  request.Add(FRA_SPORT_RANGE, ports);
  return request.Send(socket);
}

}  // namespace

Status LayReturnPath(const std::vector<HostPort>& ports) {
  std::vector<fib_rule_port_range> ranges = RangesOf(ports);
  if (ranges.size() > kMostRules) return Status::Errno("return path", E2BIG);
  UniqueFd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return Status::Errno("return path");
  Status status = AddRoute(socket.get());
  for (const fib_rule_port_range& range : ranges) {
    if (status.ok()) status = AddRule(socket.get(), range);
  }
  return status;
}

}  // namespace bryo
