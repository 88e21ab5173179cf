#include "monitor/notify.h"

#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "monitor/attach_socket.h"
#include "sys/contract.gen.h"

namespace bryo {
namespace {

// A manager that does not read for so long has other troubles.
constexpr timeval kSendPatience{2, 0};

constexpr std::string_view kPayloadsOwn[] = {
    "READY=",    "STATUS=",    "ERRNO=",          "BUSERROR=", "EXIT_STATUS=",
    "STOPPING=", "RELOADING=", "MONOTONIC_USEC=", "WATCHDOG=", "EXTEND_TIMEOUT_USEC=",
};

}  // namespace

std::string PayloadsOwnLines(const std::string& message) {
  std::string kept;
  for (size_t at = 0; at < message.size();) {
    size_t end = message.find('\n', at);
    if (end == std::string::npos) end = message.size();
    std::string_view line = std::string_view(message).substr(at, end - at);
    for (std::string_view prefix : kPayloadsOwn) {
      if (line.substr(0, prefix.size()) == prefix) kept.append(line).push_back('\n');
    }
    at = end + 1;
  }
  return kept;
}

UniqueFd BindNotifySocket(const std::string& directory) {
  AttachSocket socket(kNotifySocket, SOCK_DGRAM);
  return socket.Bind(directory) ? socket.TakeSocket() : UniqueFd();
}

Notifier::Notifier(const NotifyConfig& config, UniqueFd payload_socket)
    : config_(config), payload_socket_(std::move(payload_socket)) {}

void Notifier::ListDescriptors(std::vector<int>& out) const {
  if (payload_socket_.valid()) out.push_back(payload_socket_.get());
}

void Notifier::Send(const std::string& text) const {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& path = config_.address;
  if (path.empty() || path.size() >= sizeof(address.sun_path)) return;
  std::memcpy(address.sun_path, path.data(), path.size());
  auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  if (path[0] == '@') {
    address.sun_path[0] = '\0';
  } else {
    ++size;
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &kSendPatience, sizeof(kSendPatience));
  // A failure has nobody to be told to: the manager's own timeout is left.
  (void)::sendto(fd.get(), text.data(), text.size(), MSG_NOSIGNAL,
                 reinterpret_cast<sockaddr*>(&address), size);
}

void Notifier::Ready() {
  if (ready_) return;
  ready_ = true;
  Send("READY=1");
}

void Notifier::PayloadStarted() {
  if (!config_.enabled()) return;
  Send("MAINPID=" + std::to_string(::getpid()));
  if (config_.when == NotifyWhen::kStarted) Ready();
  if (config_.watchdog_ms > 0 && config_.when != NotifyWhen::kPayload)
    HandleDeadline(MonotonicNow());
}

void Notifier::Healthy() {
  well_ = true;
  if (config_.enabled() && config_.when == NotifyWhen::kHealthy) Ready();
}

void Notifier::FillPoll(pollfd* entries) const { entries[0] = {payload_socket_.get(), POLLIN, 0}; }

void Notifier::HandlePoll(const pollfd* entries) {
  if ((entries[0].revents & POLLIN) == 0) return;
  char buffer[4096];
  // Descriptors that come with it are closed by the kernel, for there is no room for them.
  ssize_t size = ::recv(payload_socket_.get(), buffer, sizeof(buffer), MSG_DONTWAIT);
  if (size <= 0) return;
  std::string kept = PayloadsOwnLines(std::string(buffer, static_cast<size_t>(size)));
  if (kept.empty()) return;
  Send(kept.substr(0, kept.size() - 1));
  // Of several lines each begins after a newline.
  ready_ = ready_ || ("\n" + kept).find("\nREADY=1\n") != std::string::npos;
}

void Notifier::HandleDeadline(int64_t now) {
  if (now < next_ping_ && next_ping_ != kNoDeadline) return;
  // Half of the time, as sd_watchdog_enabled(3) advises. A payload that is not well says nothing.
  if (well_) Send("WATCHDOG=1");
  next_ping_ = now + Nanoseconds(config_.watchdog_ms) / 2;
}

}  // namespace bryo
