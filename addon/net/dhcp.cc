#include "net/dhcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <iterator>

#include "launcher/detach.h"
#include "monitor/protect.h"
#include "net/addresses.h"
#include "net/dhcp_client.h"
#include "net/links.h"
#include "net/netlink.h"
#include "net/told_leases.h"
#include "sys/arguments.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr int kPayloadFd = 3;
constexpr size_t kLongestAnswer = 4096;
constexpr int kPauseMilliseconds = 5000;
// Of default routes (netavark).
constexpr uint32_t kMetric = 100;

std::string Variable(const char* name) {
  const char* value = ::getenv(name);
  return value == nullptr ? "" : value;
}

// The lease, as udhcpc gives it to its script.
std::string LeasedAddress() { return Variable("ip") + "/" + Variable("mask"); }
std::string FirstRouter() {
  std::string routers = Variable("router");
  return routers.substr(0, routers.find(' '));
}

std::vector<std::string> WordsAfterDashes(int argc, char** argv) {
  int at = 0;
  while (at < argc && std::strcmp(argv[at], "--") != 0) ++at;
  return at < argc ? std::vector<std::string>(argv + at + 1, argv + argc)
                   : std::vector<std::string>();
}

int Answer(const std::string& text) {
  WriteFull(STDOUT_FILENO, text.data(), text.size());
  return text.rfind("ok", 0) == 0 ? 0 : 1;
}

Status SendOne(NetlinkBatch& batch) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  return socket.valid() ? batch.Send(socket.get()) : Status::Errno("netlink");
}

void RemoveInterface(const std::string& name) {
  NetlinkBatch batch;
  batch.Begin(RTM_DELLINK, NLM_F_ACK, ifinfomsg{}, "interface " + name, ENODEV);
  batch.AddText(IFLA_IFNAME, name);
  Status removed = SendOne(batch);
  (void)removed;  // it goes with the network
}

Status MakeInterface(const HeaderAttachment& attachment) {
  NetlinkBatch making;
  Status status = AddMacvlan(making, attachment, kDhcpNetworkFd);
  if (status.ok()) status = SendOne(making);
  if (!status.ok()) return status;
  NetlinkBatch up;
  BringUp(up, static_cast<int>(::if_nametoindex(attachment.interface_name.c_str())),
          attachment.interface_name);
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  status = SendWhenFree(up, socket.get());
  if (!status.ok()) RemoveInterface(attachment.interface_name);
  return status;
}

// The lease as the client tells it, by way of a "bound" that it runs.
Status AskForLease(DhcpClient client, std::string& lease) {
  int told[2];
  if (::pipe2(told, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd reading(told[0]);
  UniqueFd answer(::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, kPayloadFd));
  ::dup2(told[1], STDOUT_FILENO);
  ::close(told[1]);
  pid_t pid = 0;
  client.words.insert(client.words.end(), {"-n", "-q", "-t", "4", "-T", "2"});
  Status started = StartDhcpClient(client, pid);
  ::dup2(answer.get(), STDOUT_FILENO);
  if (!started.ok()) return started;
  ReadAll(reading.get(), kLongestAnswer, lease);
  int status = WaitFor(pid);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
    return Status::Error(client.program.front() + " cannot be run");
  }
  return lease.empty() ? Status::Error("no DHCP server has answered") : Status();
}

// A change of an address that is to last until its lease ends.
void AddLeasedAddress(NetlinkBatch& batch, const NetworkAddress& address, int interface) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = address.bits;
  header.ifa_index = static_cast<uint32_t>(interface);
  batch.Begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE | NLM_F_ACK, header, "address");
  batch.Add(IFA_LOCAL, address.bytes, address.size());
  batch.Add(IFA_ADDRESS, address.bytes, address.size());
  auto seconds = static_cast<uint32_t>(std::strtoul(Variable("lease").c_str(), nullptr, 10));
  ifa_cacheinfo times{};
  times.ifa_prefered = times.ifa_valid = seconds == 0 ? ~0U : seconds;
  batch.Add(IFA_CACHEINFO, times);
}

void RemoveAddress(NetlinkBatch& batch, const NetworkAddress& address, int interface) {
  ifaddrmsg header{};
  header.ifa_family = AF_INET;
  header.ifa_prefixlen = address.bits;
  header.ifa_index = static_cast<uint32_t>(interface);
  batch.Begin(RTM_DELADDR, NLM_F_ACK, header, "former address", EADDRNOTAVAIL);
  batch.Add(IFA_LOCAL, address.bytes, address.size());
}

// Addresses of the interface from earlier leases: those that are not to stay for good.
Status RemoveFormerLeases(NetlinkBatch& batch, const NetworkAddress& leased, int interface) {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  std::vector<InterfaceAddress> all;
  Status listed = ListAddresses(socket.get(), static_cast<unsigned>(interface), all);
  for (const InterfaceAddress& one : all) {
    NetworkAddress address;
    address.family = AF_INET;
    address.bits = one.header.ifa_prefixlen;
    if (one.header.ifa_family != AF_INET || one.local.size() != address.size()) continue;
    std::memcpy(address.bytes, one.local.data(), one.local.size());
    const bool stays = (one.header.ifa_flags & IFA_F_PERMANENT) != 0 ||
                       std::memcmp(address.bytes, leased.bytes, address.size()) == 0;
    if (!stays) RemoveAddress(batch, address, interface);
  }
  return listed;
}

// The way outside by the router of an earlier lease.
void RemoveFormerRouter(NetlinkBatch& batch, int interface) {
  rtmsg header{};
  header.rtm_family = AF_INET;
  header.rtm_table = RT_TABLE_MAIN;
  header.rtm_protocol = RTPROT_STATIC;
  header.rtm_scope = RT_SCOPE_NOWHERE;
  header.rtm_type = RTN_UNICAST;
  batch.Begin(RTM_DELROUTE, NLM_F_ACK, header, "former route", ESRCH);
  batch.Add(RTA_OIF, static_cast<uint32_t>(interface));
}

// The keeper reads this process's standard output (ToldLeases).
int TellKeeper() {
  const std::string router = FirstRouter();
  const std::string line = LeasedAddress() + " " + (router.empty() ? "-" : router) + "\n";
  return WriteFull(STDOUT_FILENO, line.data(), line.size()) ? 0 : 1;
}

UniqueFd WatchLinks() {
  UniqueFd links = OpenNetlink(NETLINK_ROUTE);
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = RTMGRP_LINK;
  bool bound = links.valid() &&
               ::bind(links.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0;
  return bound ? std::move(links) : UniqueFd();
}

// Starts the client, again when it has ended, until the interface or the payload has gone.
void Keep(const DhcpClient& client, int links, const LeaseFiles& files) {
  pid_t pid = 0;
  char message[8192];
  ToldLeases told;
  if (!told.Open().ok()) return;
  while (::if_nametoindex(client.interface.c_str()) != 0) {
    if (pid <= 0 && !StartDhcpClient(client, pid).ok()) pid = 0;
    pollfd waits[] = {{kPayloadFd, POLLIN, 0}, {links, POLLIN, 0}, {told.fd(), POLLIN, 0}};
    if (::poll(waits, std::size(waits), kPauseMilliseconds) > 0 && waits[0].revents != 0) break;
    while (::recv(links, message, sizeof(message), MSG_DONTWAIT) > 0) continue;
    told.Publish(files);
    if (pid > 0 && ::waitpid(pid, nullptr, WNOHANG) == pid) pid = 0;
  }
  StopDhcpClient(pid);
}

}  // namespace

int DhcpLeaseMain(int argc, char** argv) {
  Arguments words(argc, argv);
  HeaderAttachment attachment;
  attachment.driver = LinkDriver::kMacvlan;
  attachment.parent = words.Text("--parent");
  attachment.mac = words.Text("--mac");
  attachment.mode = words.Text("--mode");
  attachment.interface_name = words.Text("--name");
  if (::setns(kDhcpUsersFd, CLONE_NEWUSER) != 0 || ::setns(kDhcpNetworkFd, CLONE_NEWNET) != 0) {
    return Answer(Status::Errno("the bridges' namespaces").message());
  }
  std::string lease;
  Status status = MakeInterface(attachment);
  if (!status.ok()) return Answer(status.message());
  status =
      AskForLease({WordsAfterDashes(argc, argv), attachment.interface_name, {}, kDhcpTell}, lease);
  RemoveInterface(attachment.interface_name);
  return Answer(status.ok() ? "ok " + lease : status.message());
}

Status KeepLease(const HeaderAttachment& attachment, int payload) {
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid > 0) return {};
  ::prctl(PR_SET_PDEATHSIG, 0);
  std::vector<const char*> argv = {"bryo-launcher", "dhcp-keep", "--interface",
                                   attachment.interface_name.c_str(), "--address"};
  argv.push_back(attachment.addresses.empty() ? "" : attachment.addresses.front().c_str());
  argv.push_back("--files");
  argv.push_back(attachment.lease_files.c_str());
  argv.push_back("--");
  for (const std::string& word : attachment.dhcp) argv.push_back(word.c_str());
  argv.push_back(nullptr);
  const int fds[] = {payload};
  Renumber(fds, kPayloadFd);
  ::syscall(SYS_close_range, static_cast<unsigned>(kPayloadFd + 1), ~0U, 0);
  ::execve("/proc/self/exe", const_cast<char**>(argv.data()), environ);
  ::_exit(127);
}

int DhcpKeepMain(int argc, char** argv) {
  Arguments words(argc, argv);
  const std::string address = words.Text("--address");
  DhcpClient client{WordsAfterDashes(argc, argv), words.Text("--interface"), {}, address};
  if (!address.empty()) client.words = {"-r", address.substr(0, address.find('/'))};
  LeaveCaller();
  ::prctl(PR_SET_NAME, "bryo-dhcp");
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  DetachStdio();
  if (::chdir("/") != 0) return 1;
  UniqueFd links = WatchLinks();
  if (!links.valid()) return 1;
  ReleaseStartupMemory();
  Keep(client, links.get(), {words.Text("--files"), client.interface, address});
  return 0;
}

int DhcpBoundMain(int, char**) {
  const std::string purpose = Variable(kDhcpVariable);
  const std::string leased = LeasedAddress();
  const std::string router = FirstRouter();
  if (purpose == kDhcpTell) {
    return Answer(leased + " " + (router.empty() ? "-" : router) + " " + Variable("dns"));
  }
  auto interface = static_cast<int>(::if_nametoindex(Variable("interface").c_str()));
  NetworkAddress address;
  if (interface == 0 || !ReadAddress(leased, address) || address.family != AF_INET) return 1;
  NetlinkBatch batch;
  // First, for the first address of a subnet takes the others with it. The address that the
  // container was started with is permanent until the first lease here.
  NetworkAddress first;
  if (purpose != leased && ReadAddress(purpose, first)) RemoveAddress(batch, first, interface);
  Status status = RemoveFormerLeases(batch, address, interface);
  AddLeasedAddress(batch, address, interface);
  NetworkAddress gateway;
  if (ReadAddress(router, gateway) && gateway.family == AF_INET) {
    RemoveFormerRouter(batch, interface);
    AddRoute(batch, NetworkAddress{}, gateway, kMetric, interface);
  }
  if (status.ok()) status = SendOne(batch);
  return status.ok() ? TellKeeper() : 1;
}

int DhcpRenewMain(int, char**) {
  auto interface = static_cast<int>(::if_nametoindex(Variable("interface").c_str()));
  NetworkAddress address;
  if (interface == 0 || !ReadAddress(LeasedAddress(), address)) return 1;
  if (address.family != AF_INET) return 1;
  NetlinkBatch batch;
  AddLeasedAddress(batch, address, interface);
  return SendOne(batch).ok() ? TellKeeper() : 1;
}

int DhcpOtherMain(int, char**) { return 0; }

}  // namespace bryo
