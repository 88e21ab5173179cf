#include "net/spaces.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "net/in_thread.h"
#include "net/links.h"
#include "sys/io.h"

namespace bryo {
namespace {

struct Pipe {
  UniqueFd read;
  UniqueFd write;

  bool Open() {
    int fds[2];
    if (::pipe2(fds, O_CLOEXEC) != 0) return false;
    read.reset(fds[0]);
    write.reset(fds[1]);
    return true;
  }
};

// Only from outside the namespace its ids can be mapped (newuidmap(1)).
[[noreturn]] void MapFor(pid_t owner, const SpaceIds& ids, Pipe& made, Pipe& mapped) {
  char go = 0;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (!ReadFull(made.read.get(), &go, 1)) ::_exit(1);
  Status status = ids.direct ? MapIdsDirectly(owner, ids.uids, ids.gids, ::geteuid() != 0)
                             : MapIdsWithHelpers(owner, ids.uids, ids.gids);
  std::string text = status.ok() ? "ok" : status.message();
  WriteFull(mapped.write.get(), text.data(), text.size());
  ::_exit(0);
}

Status BecomeRoot() {
  // Denied where a single id is mapped: there are no groups to drop.
  ::setgroups(0, nullptr);
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    return Status::Errno("root of the bridges' user namespace");
  }
  // Commands of the same user find the namespaces in /proc. Nothing hostile has rights over this
  // user namespace: containers are below it.
  ::prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
  return {};
}

bool Set(const char* path, const char* value) { return WriteFileAt(AT_FDCWD, path, value); }

// Settings of a namespace that forwards. Where br_netfilter is loaded, frames between
// ports of a bridge would go through the rules for what is routed.
Status SetUpNetwork() {
  UniqueFd socket = OpenNetlink(NETLINK_ROUTE);
  if (!socket.valid()) return Status::Errno("netlink");
  NetlinkBatch batch;
  BringUp(batch, static_cast<int>(::if_nametoindex("lo")), "lo");
  Status up = batch.Send(socket.get());
  if (!up.ok()) return up;
  if (!Set("/proc/sys/net/ipv4/ip_forward", "1")) return Status::Errno("net.ipv4.ip_forward");
  for (const char* path :
       {"/proc/sys/net/ipv6/conf/all/accept_ra", "/proc/sys/net/ipv6/conf/default/accept_ra"}) {
    Set(path, "0");
  }
  Set("/proc/sys/net/ipv6/conf/all/forwarding", "1");
  // Ports of bridges have no addresses of their own (IN6_ADDR_GEN_MODE_NONE), and need none.
  Set("/proc/sys/net/ipv6/conf/default/addr_gen_mode", "1");
  for (const char* path : {"/proc/sys/net/bridge/bridge-nf-call-iptables",
                           "/proc/sys/net/bridge/bridge-nf-call-ip6tables",
                           "/proc/sys/net/bridge/bridge-nf-call-arptables"}) {
    Set(path, "0");
  }
  // Gateways answer for themselves only, on their own bridges.
  Set("/proc/sys/net/ipv4/conf/all/arp_ignore", "1");
  // ping(1) of programs without rights of their own.
  Set("/proc/sys/net/ipv4/ping_group_range", "0 0");
  return {};
}

}  // namespace

Status MakeSpaces(const SpaceIds& ids, Spaces& out) {
  Pipe made;
  Pipe mapped;
  if (!made.Open() || !mapped.Open()) return Status::Errno("pipe");
  pid_t owner = ::getpid();
  pid_t mapper = ::fork();
  if (mapper < 0) return Status::Errno("fork");
  if (mapper == 0) {
    made.write.reset();
    MapFor(owner, ids, made, mapped);
  }
  mapped.write.reset();
  if (::unshare(CLONE_NEWUSER) != 0) return Status::Errno("create a user namespace");
  WriteFull(made.write.get(), "m", 1);
  Status status = InNetwork(-1, [&out]() {
    out.network.reset(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
    return out.network.valid() ? Status() : Status::Errno("network namespace");
  });
  std::string answer;
  ReadAll(mapped.read.get(), 4096, answer);
  WaitFor(mapper);
  if (answer != "ok") return Status::Error("cannot map ids: " + answer);
  out.users.reset(::open("/proc/self/ns/user", O_RDONLY | O_CLOEXEC));
  if (status.ok() && !out.users.valid()) status = Status::Errno("user namespace");
  if (status.ok()) status = BecomeRoot();
  return status.ok() ? InNetwork(out.network.get(), SetUpNetwork) : status;
}

Status AdoptSpaces(const Spaces& spaces) {
  if (::setns(spaces.users.get(), CLONE_NEWUSER) != 0) {
    return Status::Errno("the bridges' user namespace");
  }
  return BecomeRoot();
}

}  // namespace bryo
