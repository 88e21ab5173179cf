#include "net/lan.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>

#include "launcher/detach.h"
#include "monitor/protect.h"
#include "net/in_thread.h"
#include "net/lan_carrier.h"
#include "net/lan_device.h"
#include "net/users.h"
#include "sys/arguments.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {
namespace {

// No grace: bryo-lan has to end before the holder of the bridges' network does.
constexpr unsigned kGraceMilliseconds = 0;
constexpr timespec kBetweenCarriers{0, 20'000'000};

void Report(const std::string& text) {
  WriteFull(STDOUT_FILENO, text.data(), text.size());
  DetachStdio();
}

// The lock is shared by both processes, and there as long as one of them is.
bool TakeLanLock(const std::string& directory, UniqueFd& out) {
  const std::string path = directory + "/" + kBridgeHolderFile;
  out.reset(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_len = 1;
  return out.valid() && ::fcntl(out.get(), F_OFD_SETLK, &lock) == 0;
}

// Frames are only carried, and a tap knows its owner.
Status GiveUpRights() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  if (::syscall(SYS_capset, &header, none) != 0) return Status::Errno("capabilities");
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Status::Errno("no new privileges");
  return {};
}

void AwaitEnd(int process) {
  pollfd wait{process, POLLIN, 0};
  while (::poll(&wait, 1, -1) < 0 && errno == EINTR) continue;
}

class Lan {
 public:
  Lan(LanDevice outer, InnerDevice inner) : device_(std::move(outer)), inner_(std::move(inner)) {}

  Status Begin(const std::string& directory);
  void Ready() const { users_.MarkReady(); }
  // As the watcher of a carrier that is yet to be started.
  [[noreturn]] void Watch();

 private:
  void StartCarrier();
  void SetCarrier(int process);
  [[noreturn]] void Carry(pid_t watcher);
  [[noreturn]] void WatchCarrier();
  static void* AwaitUsers(void* lan);

  LanDevice device_;
  InnerDevice inner_;
  BridgeUsers users_;
  UniqueFd lock_;
  UniqueFd outer_fd_;
  UniqueFd inner_fd_;
  // A pidfd, of both threads of a watcher. No lock: a fork would take it along.
  std::atomic<int> carrier_ = -1;
};

Status Lan::Begin(const std::string& directory) {
  Status status = users_.Open(directory);
  if (!status.ok()) return status;
  if (!users_.MarkBegin() || !TakeLanLock(directory, lock_)) return Status::Error("taken");
  status = OpenLanDevice(device_, outer_fd_);
  if (!status.ok()) return status;
  // One thread alone may enter it.
  if (::setns(kLanUsersFd, CLONE_NEWUSER) != 0) return Status::Errno("the bridges' namespaces");
  status = InNetwork(kLanNetworkFd, [this]() { return MakeInnerDevice(inner_, inner_fd_); });
  ::close(kLanUsersFd);
  ::close(kLanNetworkFd);
  return status.ok() ? GiveUpRights() : status;
}

void Lan::Carry(pid_t watcher) {
  const pid_t self = ::getpid();
  SetCarrier(-1);
  for (;;) {
    UniqueFd process(sys::pidfd_open(watcher));
    // The watcher may have ended before it could be pinned.
    if (process.valid()) CarryFrames(device_, outer_fd_, inner_fd_.get(), process.get());
    pid_t next = ::fork();
    if (next == 0) {
      outer_fd_.reset();
      SetCarrier(sys::pidfd_open(self));
      WatchCarrier();
    }
    if (next > 0) watcher = next;
    if (next < 0) ::nanosleep(&kBetweenCarriers, nullptr);
  }
}

void Lan::StartCarrier() {
  const pid_t self = ::getpid();
  pid_t pid = ::fork();
  if (pid == 0) Carry(self);
  SetCarrier(pid > 0 ? sys::pidfd_open(pid) : -1);
  // A carrier opens the device itself, again whenever it has to.
  outer_fd_.reset();
}

void Lan::SetCarrier(int process) { UniqueFd former(carrier_.exchange(process)); }

// A carrier that has just been started and is not killed here misses its watcher, starts another
// one, and that comes here at once.
void* Lan::AwaitUsers(void* lan) {
  auto* self = static_cast<Lan*>(lan);
  self->users_.AwaitLast(kGraceMilliseconds);
  if (self->carrier_ >= 0) {
    sys::pidfd_send_signal(self->carrier_, SIGKILL);
    AwaitEnd(self->carrier_);
  }
  // Users that come now wait for this end: before it, device and lock are to be gone.
  RemoveInnerDevice(self->inner_fd_.get());
  self->inner_fd_.reset();
  self->lock_.reset();
  ::_exit(0);
}

void Lan::WatchCarrier() {
  pthread_t waiting{};
  if (::pthread_create(&waiting, nullptr, AwaitUsers, this) != 0) ::_exit(1);
  for (;;) {
    if (carrier_ >= 0) AwaitEnd(carrier_);
    while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
    ::nanosleep(&kBetweenCarriers, nullptr);
    StartCarrier();
  }
}

void Lan::Watch() {
  StartCarrier();
  ReleaseStartupMemory();
  WatchCarrier();
}

}  // namespace

int LanMain(int argc, char** argv) {
  Arguments words(argc, argv);
  LeaveCaller();
  ::prctl(PR_SET_NAME, "bryo-lan");
  ::syscall(SYS_close_range, static_cast<unsigned>(kLanNetworkFd + 1), ~0U, 0);
  ::umask(0077);
  if (::chdir("/") != 0) return 125;
  InnerDevice inner{words.Text("--name"), words.Text("--mac"),
                    static_cast<unsigned>(words.Number("--mtu"))};
  static Lan lan({words.Text("--device"), words.Text("--file")}, std::move(inner));
  Status begun = lan.Begin(words.Text("--directory"));
  if (!begun.ok()) {
    Report(begun.what() == "taken" ? "taken" : begun.message());
    return begun.what() == "taken" ? 0 : 1;
  }
  lan.Ready();
  Report("ok");
  lan.Watch();
}

}  // namespace bryo
