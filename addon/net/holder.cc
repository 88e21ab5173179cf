#include "net/holder.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "launcher/detach.h"
#include "monitor/clock.h"
#include "monitor/protect.h"
#include "net/confine.h"
#include "net/firewall.h"
#include "net/forget.h"
#include "net/holder_options.h"
#include "net/in_thread.h"
#include "net/plain_routes.h"
#include "net/service_process.h"
#include "net/spaces.h"
#include "net/uplink_keeper.h"
#include "net/users.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr unsigned kGraceMilliseconds = 1000;

// Only one holds it. The descriptor stays where it is: the lock would go with any that is closed.
bool TakeHolderLock(const std::string& directory, UniqueFd& out) {
  const std::string path = directory + "/" + kBridgeHolderFile;
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  UniqueFd moved(::fcntl(file.get(), F_DUPFD_CLOEXEC, kFirstFreeFd));
  file.reset();
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  if (!moved.valid() || ::fcntl(moved.get(), F_SETLK, &lock) != 0) return false;
  out = std::move(moved);
  return true;
}

void PutAt(UniqueFd& fd, int number) {
  if (fd.get() == number) return;
  ::dup3(fd.get(), number, O_CLOEXEC);
  fd.reset(number);
}

void Report(const std::string& text) {
  WriteFull(kHolderReportFd, text.data(), text.size());
  ::close(kHolderReportFd);
}

const char* WordOf(Firewall firewall) {
  switch (firewall) {
    case Firewall::kNone:
      return "none";
    case Firewall::kRouted:
      return "routed";
    case Firewall::kGuarded:
      break;
  }
  return "guarded";
}

class Holder {
 public:
  explicit Holder(HolderOptions options) : options_(std::move(options)) {}

  // Until the namespaces are there and lead outside.
  Status Begin(std::string& report);
  void Ready() const { users_.MarkReady(); }
  void Run();

 private:
  Status TakeSpaces();
  void AwaitUsers() const;
  [[noreturn]] void End();
  void StartServices();
  static void* AwaitUsersOf(void* holder);
  void HandleSignals();
  void KeepOthers();
  int Timeout() const;
  bool Watch(int fd, void* what) const;

  HolderOptions options_;
  UniqueFd lock_;
  BridgeUsers users_;
  Spaces spaces_;
  UplinkKeeper uplink_;
  ServiceProcess services_;
  UniqueFd signals_;
  UniqueFd last_gone_;  // readable once there are no users any more
  UniqueFd events_;
};

Status Holder::TakeSpaces() {
  if (options_.given) {
    spaces_.users.reset(kHolderUsersFd);
    spaces_.network.reset(kHolderNetworkFd);
    return AdoptSpaces(spaces_);
  }
  // The users' monitors are about to start a holder that has them.
  if (users_.HaveSpaces()) return Status::Error("lost");
  Status made = MakeSpaces(options_.ids, spaces_);
  if (made.ok()) PutAt(spaces_.users, kHolderUsersFd);
  if (made.ok()) PutAt(spaces_.network, kHolderNetworkFd);
  return made;
}

Status Holder::Begin(std::string& report) {
  report = "ok";
  Status status = users_.Open(options_.directory);
  if (!status.ok()) return status;
  if (!users_.MarkBegin() || !TakeHolderLock(options_.directory, lock_)) {
    return Status::Error("taken");
  }
  status = TakeSpaces();
  if (!status.ok()) return status;
  // Ids have been mapped: nothing that is run from here on has more rights than this process.
  status = ConfineHolder();
  if (!status.ok()) return status;
  uplink_.Configure(std::move(options_.uplink), std::move(options_.preload), spaces_.network.get());
  status = uplink_.Begin();
  if (!status.ok()) return status;
  // Where the gate has no rules its device is of no use, and does no harm.
  bool has_gate = options_.given;
  if (!options_.given) {
    LaidRules laid = LayRules(options_.nft, spaces_.network.get());
    has_gate = laid.gate;
    report += std::string(" ") + WordOf(laid.firewall);
    if (laid.firewall == Firewall::kNone) status = InNetwork(spaces_.network.get(), LayPlainRules);
    if (!status.ok()) return status;
  }
  status = services_.Open(options_.directory, spaces_.network.get(), has_gate);
  if (!status.ok()) return status;
  // The earlier uplink's device may still be about to go: it is started again then.
  status = uplink_.Await();
  return options_.given ? Status() : status;
}

void* Holder::AwaitUsersOf(void* holder) {
  static_cast<Holder*>(holder)->AwaitUsers();
  return nullptr;
}

void Holder::AwaitUsers() const {
  users_.AwaitLast(kGraceMilliseconds);
  ::eventfd_write(last_gone_.get(), 1);
}

// Users that come now wait for this end: first the lock tells that there is no holder.
void Holder::End() {
  ForgetContainers(options_.directory);
  services_.Stop();
  lock_.reset();
  ::_exit(0);
}

// Services that cannot be started are due again.
void Holder::StartServices() {
  if (!services_.Start().ok() || !Watch(services_.fd(), &services_)) services_.Ended();
}

void Holder::KeepOthers() {
  int64_t now = MonotonicNow();
  if (services_.deadline() != 0 && now >= services_.deadline()) StartServices();
  if (uplink_.HandleDeadline(now) && !Watch(uplink_.ready_fd(), &uplink_)) uplink_.Ended();
}

void Holder::HandleSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) continue;
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    if (pid == uplink_.pid()) uplink_.Ended();
    if (pid == services_.pid()) services_.Ended();
  }
}

int Holder::Timeout() const {
  int64_t next = 0;
  for (int64_t one : {uplink_.deadline(), services_.deadline()}) {
    if (one != 0 && (next == 0 || one < next)) next = one;
  }
  return next == 0 ? -1 : PollTimeout(MonotonicNow(), next);
}

bool Holder::Watch(int fd, void* what) const {
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.ptr = what;
  return ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, fd, &interest) == 0;
}

void Holder::Run() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  // The thread inherits the mask.
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  last_gone_.reset(::eventfd(0, EFD_CLOEXEC));
  events_.reset(::epoll_create1(EPOLL_CLOEXEC));
  pthread_t waiting{};
  if (!Watch(signals_.get(), &signals_) || !Watch(last_gone_.get(), &last_gone_) ||
      !Watch(services_.fd(), &services_) ||
      ::pthread_create(&waiting, nullptr, AwaitUsersOf, this) != 0) {
    return;
  }
  HandleSignals();
  ReleaseStartupMemory();
  Quiet quiet;
  for (;;) {
    epoll_event event{};
    int ready = ::epoll_wait(events_.get(), &event, 1, quiet.Timeout(Timeout()));
    quiet.Waited(ready != 0);
    if (ready > 0 && event.data.ptr == &services_) services_.HandleRequest();
    if (ready > 0 && event.data.ptr == &signals_) HandleSignals();
    if (ready > 0 && event.data.ptr == &uplink_) uplink_.Ready();
    if (ready > 0 && event.data.ptr == &last_gone_) End();
    KeepOthers();
  }
}

}  // namespace

int NetHolderMain(int argc, char** argv) {
  HolderOptions options;
  if (!ReadHolderOptions(argc, argv, options)) return 125;
  LeaveCaller();
  ::prctl(PR_SET_NAME, "bryo-net");
  // Descriptors of the caller's would live as long as this process.
  ::syscall(SYS_close_range,
            static_cast<unsigned>(options.given ? kHolderNetworkFd + 1 : kHolderUsersFd), ~0U, 0);
  ::fcntl(kHolderReportFd, F_SETFD, FD_CLOEXEC);
  ::umask(0077);
  if (::chdir("/") != 0) return 125;
  DetachStdio();
  static Holder holder(std::move(options));
  std::string report;
  Status begun = holder.Begin(report);
  if (!begun.ok()) {
    Report(begun.what() == "taken" ? "ok" : begun.message());
    ::_exit(begun.what() == "taken" ? 0 : 1);
  }
  holder.Ready();
  Report(report);
  holder.Run();
  ::_exit(1);
}

}  // namespace bryo
