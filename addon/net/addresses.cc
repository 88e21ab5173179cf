#include "net/addresses.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <cerrno>

#include "net/netlink.h"

namespace bryo {
namespace {

std::vector<unsigned char> Bytes(rtattr* attribute) {
  auto* data = static_cast<unsigned char*>(RTA_DATA(attribute));
  return {data, data + RTA_PAYLOAD(attribute)};
}

void ReadMessage(nlmsghdr* message, unsigned interface, std::vector<InterfaceAddress>& out) {
  auto* header = static_cast<ifaddrmsg*>(NLMSG_DATA(message));
  if (interface != kAllInterfaces && header->ifa_index != interface) return;
  InterfaceAddress address{*header, {}, {}};
  auto left = static_cast<int>(IFA_PAYLOAD(message));
  for (rtattr* at = IFA_RTA(header); RTA_OK(at, left); at = RTA_NEXT(at, left)) {
    if (at->rta_type == IFA_LOCAL) address.local = Bytes(at);
    if (at->rta_type == IFA_ADDRESS && address.local.empty()) address.local = Bytes(at);
    if (at->rta_type == IFA_BROADCAST) address.broadcast = Bytes(at);
  }
  if (!address.local.empty()) out.push_back(address);
}

}  // namespace

Status ListAddresses(int socket, unsigned interface, std::vector<InterfaceAddress>& out) {
  if (!AskForAddresses(socket, 0)) return Status::Errno("addresses");
  alignas(nlmsghdr) char answer[32768];
  for (;;) {
    ssize_t got = ::recv(socket, answer, sizeof(answer), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return Status::Errno("addresses");
    auto left = static_cast<unsigned>(got);
    for (auto* at = reinterpret_cast<nlmsghdr*>(answer); NLMSG_OK(at, left);
         at = NLMSG_NEXT(at, left)) {
      if (at->nlmsg_type == NLMSG_DONE) return {};
      if (at->nlmsg_type == NLMSG_ERROR) return Status::Errno("addresses", EIO);
      if (at->nlmsg_type == RTM_NEWADDR) ReadMessage(at, interface, out);
    }
  }
}

}  // namespace bryo
