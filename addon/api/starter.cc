#include "api/starter.h"

#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <utility>

#include "monitor/protect.h"
#include "sys/c_strings.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo::api {
namespace {

enum Order : char { kStart = 'w', kRemove = 'r' };

// The channel's number in the worker.
constexpr int kChannel = 3;
// Starting a process takes no time to speak of; one that is suspended answers to nobody.
constexpr timeval kPatience = {10, 0};

[[noreturn]] void BecomeWorker(const WorkerProgram& program, char** words, int channel) {
  // A terminal's signals are for the acceptor alone.
  ::setsid();
  ::setrlimit(RLIMIT_NOFILE, &program.files);
  ::signal(SIGPIPE, SIG_DFL);
  if (::dup2(STDERR_FILENO, STDOUT_FILENO) < 0) ::_exit(125);
  if (channel == kChannel) {
    ::fcntl(channel, F_SETFD, 0);
  } else if (::dup2(channel, kChannel) < 0) {
    ::_exit(125);
  }
  ::syscall(SYS_close_range, kChannel + 1, ~0U, 0);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execv(words[0], words);
  ::_exit(127);
}

// A child of our parent's, which has its end signalled as it has ours.
pid_t ForkSibling() { return static_cast<pid_t>(::syscall(SYS_clone, CLONE_PARENT, 0, 0, 0, 0)); }

[[noreturn]] void ServeAcceptor(int acceptor, const WorkerProgram& program,
                                std::vector<SocketFile> files) {
  ::prctl(PR_SET_NAME, "bryo-starter");
  // The acceptor's end is ours: a service manager signals all processes at once, and the acceptor
  // may need a worker still.
  sigset_t all;
  sigfillset(&all);
  ::sigprocmask(SIG_SETMASK, &all, nullptr);
  std::vector<int> kept = {acceptor};
  for (const SocketFile& file : files) {
    for (int fd : file.descriptors()) kept.push_back(fd);
  }
  CloseAllBut(std::move(kept));
  std::vector<char*> words = CStrings(program.words);
  ReleaseStartupMemory();
  for (;;) {
    char order = 0;
    std::vector<UniqueFd> fds;
    if (ReceiveDescriptors(acceptor, &order, sizeof(order), fds) <= 0) break;
    if (order == kRemove) files.clear();
    if (order != kStart || fds.size() != 1) continue;
    pid_t pid = ForkSibling();
    if (pid == 0) BecomeWorker(program, words.data(), fds[0].get());
    const int32_t answer = pid > 0 ? pid : -errno;
    SendDescriptors(acceptor, &answer, sizeof(answer), {});
  }
  files.clear();
  ::_exit(0);
}

}  // namespace

Status Starter::Open(const WorkerProgram& program, std::vector<SocketFile> files) {
  UniqueFd theirs;
  if (!SeqpacketPair(channel_, theirs)) return Status::Errno("socketpair");
  ::setsockopt(channel_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  pid_ = ::fork();
  if (pid_ < 0) return Status::Errno("fork");
  if (pid_ == 0) ServeAcceptor(theirs.get(), program, std::move(files));
  // The files are the starter's from here on.
  for (SocketFile& file : files) file.Leave();
  return {};
}

pid_t Starter::StartWorker(int channel) {
  const char order = kStart;
  const int fds[] = {channel};
  if (SendDescriptors(channel_.get(), &order, sizeof(order), fds) < 0) return -1;
  int32_t answer = 0;
  std::vector<UniqueFd> none;
  ssize_t size = ReceiveDescriptors(channel_.get(), &answer, sizeof(answer), none);
  if (size != sizeof(answer)) {
    // An answer that comes later would be taken for another's.
    if (size >= 0) errno = ECONNRESET;
    int err = errno;
    channel_.reset();
    errno = err;
    return -1;
  }
  if (answer > 0) return answer;
  errno = -answer;
  return -1;
}

void Starter::RemoveSockets() {
  const char order = kRemove;
  SendDescriptors(channel_.get(), &order, sizeof(order), {});
}

void Starter::End() {
  channel_.reset();
  if (pid_ > 0) WaitFor(std::exchange(pid_, -1));
}

void Starter::Lost() {
  pid_ = -1;
  channel_.reset();
}

}  // namespace bryo::api
