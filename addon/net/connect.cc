#include "net/connect.h"

#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdio>
#include <iterator>

#include "launcher/detach.h"
#include "monitor/protect.h"
#include "net/attach.h"
#include "net/netlink.h"
#include "plan/plan.h"
#include "sys/arguments.h"
#include "sys/io.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr BridgeSpaces kSpaces{kConnectUsersFd, kConnectNetworkFd};

int Answer(const Status& status) {
  std::string text = status.ok() ? "ok" : status.message();
  WriteFull(STDOUT_FILENO, text.data(), text.size());
  return status.ok() ? 0 : 1;
}

// A socket of the container's network that hears of links, before the interface can go unnoticed.
Status WatchLinks(pid_t payload, UniqueFd& links) {
  std::string path = "/proc/" + std::to_string(payload) + "/ns/net";
  UniqueFd space(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!space.valid() || ::setns(kConnectUsersFd, CLONE_NEWUSER) != 0 ||
      ::setns(space.get(), CLONE_NEWNET) != 0) {
    return Status::Errno("the container's network");
  }
  // Processes inside may not look at this one.
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  links = OpenNetlink(NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  bool bound = links.valid() &&
               ::bind(links.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  return bound ? Status() : Status::Errno("netlink");
}

// Until the interface has gone, or the container's process has.
void AwaitEnd(const std::string& interface, int links, int payload) {
  char message[8192];
  pollfd waits[] = {{links, POLLIN, 0}, {payload, POLLIN, 0}};
  while (::if_nametoindex(interface.c_str()) != 0) {
    if (::poll(waits, std::size(waits), -1) < 0) continue;
    if (waits[1].revents != 0) return;
    // Also when messages were lost: the interface itself is asked for again.
    while (::recv(links, message, sizeof(message), MSG_DONTWAIT) > 0) continue;
  }
}

}  // namespace

int ConnectMain(int argc, char** argv) {
  Plan records;
  UniqueFd process;
  UniqueFd links;
  UniqueFd netfilter;
  Target target = ReadTarget(argc, argv);
  Status status = ReadRecords(kConnectRecordsFd, records);
  if (status.ok() && records.attachments.size() != 1) status = Status::Error("no attachment");
  if (status.ok()) status = PinTarget(target, process);
  if (status.ok()) status = AttachNetworks(records.attachments, kSpaces, target.pid, netfilter);
  if (!status.ok()) return Answer(status);
  // Without rules no port shows its clients, and answers go the usual way.
  Status answered = AnswerNeighbours(records.attachments.front(), kSpaces, target.pid);
  (void)answered;
  const std::string interface = records.attachments.front().interface_name;
  LeaveCaller();
  ::prctl(PR_SET_NAME, "bryo-lease");
  status = WatchLinks(target.pid, links);
  if (!status.ok()) {
    Status detached = DetachNetwork(interface, kSpaces, target.pid);
    return Answer(status);
  }
  Answer(status);
  DetachStdio();
  netfilter.reset();
  if (::chdir("/") != 0) return 1;
  ::close(kConnectRecordsFd);
  ReleaseStartupMemory();
  AwaitEnd(interface, links.get(), process.get());
  return 0;
}

int DisconnectMain(int argc, char** argv) {
  UniqueFd process;
  Target target = ReadTarget(argc, argv);
  Status status = PinTarget(target, process);
  if (status.ok()) {
    const std::string interface = Arguments(argc, argv).Text("--interface");
    status = DetachNetwork(interface, kSpaces, target.pid);
  }
  return Answer(status);
}

int RemoveBridgeMain(int argc, char** argv) {
  return Answer(RemoveBridge(Arguments(argc, argv).Text("--bridge"), kSpaces));
}

}  // namespace bryo
