#include "api/worker.h"

#include <poll.h>
#include <sys/socket.h>

#include <string>
#include <string_view>

#include "api/connection.h"
#include "sys/descriptors.h"

namespace bryo::api {
namespace {

constexpr int kChannelBytes = 262144;
char g_message[kMaxWorkerMessage];

}  // namespace

bool Worker::Start(Starter& starter) {
  UniqueFd theirs;
  if (!SeqpacketPair(channel_, theirs)) return false;
  ::setsockopt(channel_.get(), SOL_SOCKET, SO_SNDBUF, &kChannelBytes, sizeof(kChannelBytes));
  ::setsockopt(theirs.get(), SOL_SOCKET, SO_SNDBUF, &kChannelBytes, sizeof(kChannelBytes));
  pid_ = starter.StartWorker(theirs.get());
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
