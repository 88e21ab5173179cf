#include "api/server.h"

#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "api/answer.h"
#include "api/confine.h"
#include "api/log.h"
#include "api/streams.h"
#include "monitor/clock.h"
#include "monitor/protect.h"
#include "sys/socket_address.h"

namespace bryo::api {
namespace {

// Descriptors that are not connections', and those of workers and streams.
constexpr size_t kOtherDescriptors = 256;
constexpr size_t kMostConnections = 4096;
constexpr int kAcceptedAtOnce = 32;
// A worker's blocking read or write of a connection fails after that.
constexpr timeval kWorkerPatience = {30, 0};
// Requests that are being served when the service is told to end have so long.
constexpr int64_t kEndTime = 10'000 * kMillisecond;

void SetUp(int socket, bool is_local) {
  ::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kWorkerPatience, sizeof(kWorkerPatience));
  ::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kWorkerPatience, sizeof(kWorkerPatience));
  if (is_local) return;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  ::setsockopt(socket, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
}

rlimit RaiseDescriptorLimit() {
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  rlimit raised{before.rlim_max, before.rlim_max};
  ::setrlimit(RLIMIT_NOFILE, &raised);
  return before;
}

}  // namespace

// --- opening ----------------------------------------------------------------------------------

Status Server::Listen(UniqueFd socket, int family) {
  // accept(2) must not wait for a client who has left.
  ::fcntl(socket.get(), F_SETFL, O_NONBLOCK);
  int fd = socket.get();
  auto listener = std::make_unique<Listener>(*this, std::move(socket), family == AF_UNIX);
  if (!loop_.Watch(fd, EPOLLIN, *listener)) return Status::Errno("epoll_ctl");
  listeners_.push_back(std::move(listener));
  return {};
}

Status Server::Open(const Options& options) {
  const WorkerProgram program{options.worker, RaiseDescriptorLimit()};
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  size_t descriptors = static_cast<size_t>(limit.rlim_cur);
  most_connections_ = std::clamp(descriptors / 2 - std::min(descriptors / 4, kOtherDescriptors),
                                 size_t{16}, kMostConnections);
  workers_.Configure(options.most_workers);
  idle_time_ = options.idle_seconds * 1000 * kMillisecond;
  auto signals = std::make_unique<Signals>(*this);
  if (!loop_.Open() || !signals->Open(loop_)) return Status::Errno("epoll");
  signals_ = std::move(signals);
  std::vector<SocketFile> files;
  Status status = ListenAll(options, files);
  if (status.ok()) status = starter_.Open(program, std::move(files));
  return status.ok() ? ConfineAcceptor() : status;
}

Status Server::ListenAll(const Options& options, std::vector<SocketFile>& files) {
  Status status;
  for (const std::string& path : options.sockets) {
    UniqueFd socket;
    files.emplace_back();
    status = files.back().Open(path, socket);
    if (status.ok()) status = Listen(std::move(socket), AF_UNIX);
    if (!status.ok()) return status;
  }
  for (const TcpPlace& place : options.tcp) {
    UniqueFd socket;
    status = ListenTcp(place.address, place.port, socket);
    if (status.ok()) status = Listen(std::move(socket), AF_INET);
    if (!status.ok()) return status;
  }
  for (int fd : options.fds) {
    int family = AF_UNSPEC;
    UniqueFd socket(fd);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
    status = CheckListening(fd, family);
    if (status.ok()) status = Listen(std::move(socket), family);
    if (!status.ok()) return status;
  }
  return {};
}

// --- connections ------------------------------------------------------------------------------

void Server::Accept(int listening, bool is_local) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    if (connections_.size() >= most_connections_) {
      PauseListening();
      return;
    }
    UniqueFd socket(::accept4(listening, nullptr, nullptr, SOCK_CLOEXEC));
    if (!socket.valid()) {
      if (errno == EMFILE || errno == ENFILE) PauseListening();
      return;
    }
    std::optional<uid_t> peer;
    uid_t uid = 0;
    if (is_local) {
      bool known = PeerUid(socket.get(), uid);
      if (!known || (uid != ::geteuid() && uid != 0)) {
        Log(LogLevel::kWarning, "refused a client of user " + std::to_string(uid));
        const std::string answer = ErrorAnswer(403, "the service is another user's");
        ::send(socket.get(), answer.data(), answer.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        continue;
      }
      peer = uid;
    }
    SetUp(socket.get(), is_local);
    auto connection = std::make_unique<Connection>(*this, std::move(socket), peer);
    connection->place = connections_.size();
    Connection& added = *connections_.emplace_back(std::move(connection));
    resting_ = false;
    if (!added.Begin()) added.Close();
    workers_.Prepare();
  }
}

void Server::End(Connection& connection) {
  size_t place = connection.place;
  std::unique_ptr<Connection> ended = std::move(connections_[place]);
  if (place + 1 < connections_.size()) {
    connections_[place] = std::move(connections_.back());
    connections_[place]->place = place;
  }
  connections_.pop_back();
  loop_.Bury(std::move(ended));
  ResumeListening();
}

// New clients wait in the queue of the socket meanwhile.
void Server::PauseListening() {
  if (std::exchange(paused_, true)) return;
  Log(LogLevel::kWarning, "there are too many clients: the next ones wait");
  for (const auto& one : listeners_) loop_.Change(one->fd(), 0, *one);
}

void Server::ResumeListening() {
  if (!std::exchange(paused_, false)) return;
  for (const auto& one : listeners_) loop_.Change(one->fd(), EPOLLIN, *one);
}

bool Server::Carry(Connection& connection, const WorkerMessage& message,
                   std::vector<UniqueFd> fds) {
  std::unique_ptr<Stream> stream = MakeStream(connection, loop_, message, std::move(fds));
  if (stream == nullptr) return false;
  connection.Carry(std::move(stream), message.answer, message.beyond);
  return true;
}

// --- time -------------------------------------------------------------------------------------

void Server::ExpectBy(int64_t deadline) { next_sweep_ = std::min(next_sweep_, deadline); }

// Asks those whose time has come. From the last to the first: the place of one that ends is the
// last one's.
void Server::Sweep(int64_t now) {
  if (now < next_sweep_) return;
  next_sweep_ = kNoDeadline;
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i >= connections_.size()) continue;
    int64_t deadline = connections_[i]->deadline();
    if (deadline <= now) {
      connections_[i]->Expire();
    } else {
      next_sweep_ = std::min(next_sweep_, deadline);
    }
  }
}

// Connections that are only kept do not count: their clients can connect anew.
bool Server::IsUsed() const {
  return workers_.is_busy() || std::any_of(connections_.begin(), connections_.end(),
                                           [](const auto& one) { return one->is_active(); });
}

int Server::Timeout(int64_t now) {
  int64_t next = std::min({workers_.Tend(now), next_sweep_, end_by_});
  if (IsUsed()) {
    used_at_ = now;
  } else if (idle_time_ != 0) {
    next = std::min(next, used_at_ + idle_time_);
  }
  if (connections_.empty() && workers_.count() == 0 && !std::exchange(resting_, true)) {
    ReleaseStartupMemory();
  }
  return PollTimeout(now, next);
}

// --- the end ----------------------------------------------------------------------------------

void Server::HandleSignal(int number) {
  if (number == SIGCHLD) {
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0;
         pid = ::waitpid(-1, &status, WNOHANG)) {
      if (pid == starter_.pid()) LoseStarter();
      workers_.Reap(pid, status);
    }
    return;
  }
  if (ending_) {
    end_by_ = 0;
  } else {
    BeginEnd();
  }
}

// Without it nothing more can be served: the next client starts another service, or finds none.
void Server::LoseStarter() {
  starter_.Lost();
  failed_ = true;
  Log(LogLevel::kError, "the process that starts workers has ended: so does the service");
  workers_.FailWaiting();
  if (!ending_) BeginEnd();
}

// No client gets in any more; requests that are being served are served.
void Server::BeginEnd() {
  ending_ = true;
  end_by_ = MonotonicNow() + kEndTime;
  for (auto& listener : listeners_) {
    loop_.Forget(listener->fd());
    loop_.Bury(std::move(listener));
  }
  listeners_.clear();
  starter_.RemoveSockets();
  workers_.Finish();
  for (size_t i = connections_.size(); i-- > 0;) {
    if (i < connections_.size()) connections_[i]->Finish();
  }
}

bool Server::Run() {
  used_at_ = MonotonicNow();
  for (;;) {
    int64_t now = MonotonicNow();
    Sweep(now);
    int timeout = Timeout(now);
    bool over = ending_ && !IsUsed();
    bool idle = idle_time_ != 0 && now >= used_at_ + idle_time_;
    if (over || now >= end_by_ || (!ending_ && idle)) break;
    if (!loop_.RunOnce(timeout)) break;
  }
  if (!ending_) BeginEnd();
  starter_.End();
  return !failed_;
}

}  // namespace bryo::api
