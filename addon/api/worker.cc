#include "api/worker.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <string_view>

#include "api/connection.h"
#include "sys/c_strings.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo::api {
namespace {

// The channel's number in the worker.
constexpr int kChannel = 3;
constexpr int kChannelBytes = 262144;
char g_message[kMaxWorkerMessage];

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

}  // namespace

bool Worker::Start(const WorkerProgram& program) {
  UniqueFd theirs;
  if (!SeqpacketPair(channel_, theirs)) return false;
  ::setsockopt(channel_.get(), SOL_SOCKET, SO_SNDBUF, &kChannelBytes, sizeof(kChannelBytes));
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &kChannelBytes, sizeof(kChannelBytes));
  std::vector<char*> words = CStrings(program.words);
  pid_ = ::vfork();
  if (pid_ == 0) BecomeWorker(program, words.data(), theirs.get());
  return pid_ > 0 && loop_.Watch(channel_.get(), EPOLLIN, *this);
}

bool Worker::Give(Connection& given) {
  std::string_view request = given.request();
  Again& again = given.again();
  std::string message = "{\"bytes\":" + std::to_string(request.size()) + ",\"peer\":";
  message += given.peer() ? std::to_string(*given.peer()) : "null";
  message += ",\"again\":" + std::to_string(given.is_again() ? 1 : 0);
  message += ",\"woke\":" + std::to_string(again.woke);
  message += ",\"state\":" + std::to_string(again.state.size()) + "}\n";
  message += request;
  message += again.state;
  std::vector<int> fds = {given.fd()};
  for (const UniqueFd& fd : again.fds) fds.push_back(fd.get());
  ssize_t sent = SendDescriptors(channel_.get(), message.data(), message.size(), fds);
  again = {};
  return sent >= 0;
}

void Worker::Dismiss() {
  if (!channel_.valid()) return;
  loop_.Forget(channel_.get());
  channel_.reset();
}

bool Worker::ReceiveOne() {
  std::vector<UniqueFd> fds;
  pollfd waits{channel_.get(), POLLIN, 0};
  if (::poll(&waits, 1, 0) <= 0) return false;
  ssize_t size = ReceiveDescriptors(channel_.get(), g_message, sizeof(g_message), fds);
  WorkerMessage message;
  if (size <= 0 || !ReadWorkerMessage({g_message, static_cast<size_t>(size)}, message)) {
    host_.OnLost(*this);
    return false;
  }
  if (message.word == WorkerWord::kReady) {
    host_.OnReady(*this);
  } else {
    host_.OnMessage(*this, message, std::move(fds));
  }
  return channel_.valid();
}

void Worker::OnEvents(uint32_t) {
  while (ReceiveOne()) {
  }
}

}  // namespace bryo::api
