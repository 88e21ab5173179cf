#include "net/holder.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
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
#include "net/services.h"
#include "net/spaces.h"
#include "net/uplink.h"
#include "net/users.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr unsigned kGraceMilliseconds = 1000;
// Between two starts of an uplink that ends at once.
constexpr int64_t kFirstPause = 50 * kMillisecond;
constexpr int64_t kLongestPause = 5000 * kMillisecond;
// For an uplink that is started again, until it is ready.
constexpr int64_t kReadyTime = 10'000 * kMillisecond;
constexpr int64_t kSoundRun = 10'000 * kMillisecond;

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
  void AwaitUsers();
  static void* AwaitUsersOf(void* holder);
  void HandleSignals();
  void UplinkEnded();
  void RestartUplink();
  void UplinkReady();
  void KeepUplink();
  int Timeout() const;

  HolderOptions options_;
  UniqueFd lock_;
  BridgeUsers users_;
  Spaces spaces_;
  Uplink uplink_;
  Services services_;
  UniqueFd signals_;
  int64_t uplink_began_ = 0;
  int64_t pause_ = kFirstPause;
  int64_t restart_at_ = 0;  // 0: it runs
  int64_t ready_by_ = 0;    // 0: it is ready, or there is none
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
  status = uplink_.Start();
  if (!status.ok()) return status;
  if (!options_.given) {
    Firewall firewall = LayFirewall(options_.nft, spaces_.network.get());
    report += std::string(" ") + WordOf(firewall);
    if (firewall == Firewall::kNone) status = InNetwork(spaces_.network.get(), LayPlainRules);
    if (!status.ok()) return status;
  }
  status = services_.Open(options_.directory, options_.nft, spaces_.network.get(), options_.given);
  if (!status.ok()) return status;
  uplink_began_ = MonotonicNow();
  status = uplink_.Finish();
  // The earlier uplink's device may still be about to go.
  if (!status.ok() && options_.given) {
    restart_at_ = MonotonicNow() + pause_;
    return {};
  }
  return status;
}

void* Holder::AwaitUsersOf(void* holder) {
  static_cast<Holder*>(holder)->AwaitUsers();
  return nullptr;
}

// Users that come now wait for this end: first the lock tells that there is no holder.
void Holder::AwaitUsers() {
  users_.AwaitLast(kGraceMilliseconds);
  ForgetContainers(options_.directory);
  lock_.reset();
  ::_exit(0);
}

void Holder::UplinkEnded() {
  int64_t now = MonotonicNow();
  ready_by_ = 0;
  uplink_.Stop();
  pause_ = now - uplink_began_ > kSoundRun ? kFirstPause : std::min(pause_ * 2, kLongestPause);
  restart_at_ = now + (pause_ == kFirstPause ? 0 : pause_);
}

// Names and connections do not wait for it.
void Holder::RestartUplink() {
  uplink_began_ = MonotonicNow();
  restart_at_ = 0;
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.ptr = &uplink_;
  if (!uplink_.Start().ok() ||
      ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, uplink_.ready_fd(), &interest) != 0) {
    UplinkEnded();
    return;
  }
  ready_by_ = uplink_began_ + kReadyTime;
}

// Ready, or about to end.
void Holder::UplinkReady() {
  if (ready_by_ == 0) return;
  ready_by_ = 0;
  ::epoll_ctl(events_.get(), EPOLL_CTL_DEL, uplink_.ready_fd(), nullptr);
  if (!uplink_.Finish().ok()) UplinkEnded();
}

void Holder::KeepUplink() {
  int64_t now = MonotonicNow();
  if (ready_by_ != 0 && now >= ready_by_) UplinkEnded();
  if (restart_at_ != 0 && now >= restart_at_) RestartUplink();
}

void Holder::HandleSignals() {
  signalfd_siginfo info{};
  while (::read(signals_.get(), &info, sizeof(info)) == sizeof(info)) continue;
  for (;;) {
    int status = 0;
    pid_t pid = ::waitpid(-1, &status, WNOHANG);
    if (pid <= 0) return;
    if (pid == uplink_.pid() && restart_at_ == 0) UplinkEnded();
  }
}

int Holder::Timeout() const {
  int64_t next = restart_at_ != 0 ? restart_at_ : ready_by_;
  return next == 0 ? -1 : PollTimeout(MonotonicNow(), next);
}

void Holder::Run() {
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, SIGCHLD);
  // The thread inherits the mask.
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  signals_.reset(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  pthread_t waiting{};
  if (::pthread_create(&waiting, nullptr, AwaitUsersOf, this) != 0) return;
  events_.reset(::epoll_create1(EPOLL_CLOEXEC));
  epoll_event interest{};
  interest.events = EPOLLIN;
  interest.data.ptr = &signals_;
  ::epoll_ctl(events_.get(), EPOLL_CTL_ADD, signals_.get(), &interest);
  int names = 0;
  int gate = 0;
  if (!services_.Watch(events_.get(), &names, &gate)) return;
  HandleSignals();
  ReleaseStartupMemory();
  for (;;) {
    epoll_event event{};
    int ready = ::epoll_wait(events_.get(), &event, 1, Timeout());
    if (ready > 0 && event.data.ptr == &names) services_.HandleNames();
    if (ready > 0 && event.data.ptr == &gate) services_.HandleGate();
    if (ready > 0 && event.data.ptr == &signals_) HandleSignals();
    if (ready > 0 && event.data.ptr == &uplink_) UplinkReady();
    KeepUplink();
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
