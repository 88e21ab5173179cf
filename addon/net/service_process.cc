#include "net/service_process.h"

#include <linux/netlink.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <utility>

#include "monitor/clock.h"
#include "monitor/protect.h"
#include "net/confine.h"
#include "net/in_thread.h"
#include "net/netlink.h"
#include "sys/descriptors.h"
#include "sys/io.h"
#include "sys/limits.h"

namespace bryo {
Status ServiceProcess::Open(const std::string& directory, int network, bool has_gate) {
  directory_ = directory;
  Status status = InNetwork(network, [this] {
    netfilter_ = OpenNetlink(NETLINK_NETFILTER);
    return Status();
  });
  if (status.ok()) status = OpenServiceSockets(network, has_gate, sockets_);
  return status.ok() ? Start() : status;
}

Status ServiceProcess::Start() {
  restart_at_ = 0;
  backoff_.Began(MonotonicNow());
  UniqueFd theirs;
  if (!SeqpacketPair(channel_, theirs)) return Status::Errno("socketpair");
  const pid_t holder = ::getpid();
  pid_ = ::fork();
  if (pid_ < 0) return Status::Errno("fork");
  if (pid_ == 0) Serve(std::move(theirs), holder);
  return {};
}

void ServiceProcess::Serve(UniqueFd channel, pid_t holder) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != holder) ::_exit(1);
  ::prctl(PR_SET_NAME, "bryo-net-serve");
  std::vector<int> kept = sockets_.descriptors();
  kept.push_back(channel.get());
  CloseAllBut(std::move(kept));
  RaiseDescriptorLimit();  // every connection takes two
  Services services(directory_, std::move(channel));
  if (services.Open(std::move(sockets_)).ok()) {
    ReleaseStartupMemory();
    if (ConfineServices().ok()) services.Run();
  }
  ::_exit(1);
}

void ServiceProcess::HandleRequest() {
  // The end of the process is told by a signal as well.
  if (!AnswerRequest(channel_.get(), netfilter_.get(), directory_)) channel_.reset();
}

void ServiceProcess::Ended() {
  pid_ = -1;
  channel_.reset();
  restart_at_ = backoff_.Ended(MonotonicNow());
}

void ServiceProcess::Stop() {
  if (pid_ <= 0) return;
  ::kill(pid_, SIGKILL);
  WaitFor(std::exchange(pid_, -1));
}

}  // namespace bryo
