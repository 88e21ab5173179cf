#include "api/workers.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "api/connection.h"
#include "api/log.h"
#include "monitor/clock.h"

namespace bryo::api {
namespace {

// A request waits so long for a worker that has something to do before another one is started.
constexpr int64_t kPatience = 20 * kMillisecond;
// Once there are as many as processors, others help only where those wait themselves: none of them
// has taken a request for so long.
constexpr int64_t kStandstill = 100 * kMillisecond;
// Workers end when nothing was asked of them for so long, the last one later.
constexpr int64_t kIdle = 3000 * kMillisecond;
constexpr int64_t kIdleOfLast = 10'000 * kMillisecond;
// A JavaScript engine seldom gives memory back.
constexpr size_t kMostServed = 500;
constexpr size_t kMostStarting = 2;
// After so many that ended before they were ready, requests are refused.
constexpr size_t kMostFailedStarts = 3;
constexpr int64_t kStartPause = 1000 * kMillisecond;

size_t Processors() {
  static const long count = std::max(::sysconf(_SC_NPROCESSORS_ONLN), 1L);
  return static_cast<size_t>(count);
}

std::string EndOf(int status) {
  if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    return "was ended by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
  }
  return "ended with status " + std::to_string(WEXITSTATUS(status));
}

}  // namespace

size_t Workers::Count(Worker::State state) const {
  return static_cast<size_t>(std::count_if(
      workers_.begin(), workers_.end(), [state](const auto& one) { return one->state == state; }));
}

// The one that has served last: its memory is warm, and the others get to their end.
Worker* Workers::Idle() {
  Worker* found = nullptr;
  for (const auto& one : workers_) {
    if (one->state != Worker::State::kIdle) continue;
    if (found == nullptr || one->since > found->since) found = one.get();
  }
  return found;
}

bool Workers::StartOne(int64_t now) {
  auto worker = std::make_unique<Worker>(*this, loop_);
  worker->since = now;
  bool started = worker->Start(starter_);
  if (!started) {
    Log(LogLevel::kError, std::string("cannot start a worker: ") + std::strerror(errno));
    ++failed_starts_;
    start_at_ = now + kStartPause;
    if (worker->pid() <= 0) return false;
  }
  workers_.push_back(std::move(worker));
  return started;
}

void Workers::Prepare() {
  int64_t now = MonotonicNow();
  if (workers_.empty() && !finishing_ && now >= start_at_) StartOne(now);
}

void Workers::Serve(Connection& connection) {
  queue_.push_back({&connection, MonotonicNow()});
  if (Worker* worker = Idle()) {
    GiveNext(*worker);
  } else {
    Prepare();
  }
}

void Workers::Withdraw(Connection& connection) {
  std::erase_if(queue_, [&](const Waiting& one) { return one.connection == &connection; });
}

void Workers::GiveNext(Worker& worker) {
  Connection& connection = *queue_.front().connection;
  queue_.pop_front();
  worker.state = Worker::State::kBusy;
  worker.since = progress_at_ = MonotonicNow();
  worker.connection = &connection;
  ++worker.served;
  ++busy_;
  connection.Taken();
  if (IsLogged(LogLevel::kDebug)) {
    Log(LogLevel::kDebug, "worker " + std::to_string(worker.pid()) + ": " +
                              std::string(connection.method()) + " " +
                              std::string(connection.target()));
  }
  if (!worker.Give(connection)) OnLost(worker);
}

void Workers::OnReady(Worker& worker) {
  failed_starts_ = 0;
  Rest(worker);
}

// A worker that has nothing to do gets the next request.
void Workers::Rest(Worker& worker) {
  if (worker.state == Worker::State::kBusy) --busy_;
  worker.connection = nullptr;
  if (worker.state == Worker::State::kEnding) return;
  worker.state = Worker::State::kIdle;
  worker.since = MonotonicNow();
  if (finishing_ || worker.served >= kMostServed) {
    Dismiss(worker);
    if (!queue_.empty()) Prepare();
  } else if (!queue_.empty()) {
    GiveNext(worker);
  }
}

void Workers::Dismiss(Worker& worker) {
  worker.state = Worker::State::kEnding;
  worker.since = MonotonicNow();
  worker.Dismiss();
}

void Workers::OnMessage(Worker& worker, const WorkerMessage& message, std::vector<UniqueFd> fds) {
  Connection* connection = worker.connection;
  if (worker.state != Worker::State::kBusy || connection == nullptr) {
    OnLost(worker);
    return;
  }
  if (message.word == WorkerWord::kBegun) {
    connection->Begun();
    return;
  }
  // The connection's next step may bring a request for the worker.
  worker.connection = nullptr;
  if (message.word == WorkerWord::kKeep) {
    connection->Keep(message.beyond, message.answer);
  } else if (message.word == WorkerWord::kClose) {
    connection->CloseAfter(message.answer);
  } else if (!streams_.Carry(*connection, message, std::move(fds))) {
    Log(LogLevel::kError, "a worker asked for a stream that there is not");
    connection->Fail(500, "the request could not be served: see the log of the service");
  }
  Rest(worker);
}

void Workers::DropRequest(Worker& worker) {
  Connection* connection = std::exchange(worker.connection, nullptr);
  if (connection == nullptr) return;
  Log(LogLevel::kError, "worker " + std::to_string(worker.pid()) + " was lost while it served " +
                            std::string(connection->method()) + " " +
                            std::string(connection->target()));
  connection->Fail(500, "the worker of this request was lost: see the log of the service");
}

void Workers::OnLost(Worker& worker) {
  if (worker.state == Worker::State::kEnding) return;
  if (worker.state == Worker::State::kBusy) --busy_;
  if (worker.state == Worker::State::kStarting) {
    ++failed_starts_;
    start_at_ = MonotonicNow() + (failed_starts_ < kMostFailedStarts ? 0 : kStartPause);
  }
  DropRequest(worker);
  Dismiss(worker);
  if (failed_starts_ >= kMostFailedStarts) FailWaiting();
}

void Workers::FailWaiting() {
  while (!queue_.empty()) {
    Connection& connection = *queue_.front().connection;
    queue_.pop_front();
    connection.Fail(503, "no worker can be started: see the log of the service");
  }
}

bool Workers::Reap(pid_t pid, int status) {
  auto found = std::find_if(workers_.begin(), workers_.end(),
                            [pid](const auto& one) { return one->pid() == pid; });
  if (found == workers_.end()) return false;
  Worker& worker = **found;
  // The last words of the worker are there still.
  if (worker.state != Worker::State::kEnding) worker.OnEvents(0);
  if (worker.state != Worker::State::kEnding) OnLost(worker);
  if (status != 0) {
    Log(LogLevel::kError, "worker " + std::to_string(pid) + " " + EndOf(status));
  }
  found = std::find_if(workers_.begin(), workers_.end(),
                       [pid](const auto& one) { return one->pid() == pid; });
  loop_.Bury(std::move(*found));
  workers_.erase(found);
  return true;
}

// When another worker is to be started for what waits, with so many alive.
int64_t Workers::DueWith(size_t alive, int64_t now) const {
  if (alive == 0) return now;
  int64_t since = queue_.front().since;
  if (alive < Processors()) return since + kPatience;
  return std::max(since, progress_at_) + kStandstill;
}

int64_t Workers::Tend(int64_t now) {
  int64_t next = kNoDeadline;
  size_t alive = workers_.size() - Count(Worker::State::kEnding);
  if (!queue_.empty()) {
    int64_t due = std::max(DueWith(alive, now), start_at_);
    size_t starting = Count(Worker::State::kStarting);
    bool wanted = alive < most_ && starting < std::min(kMostStarting, queue_.size());
    if (wanted && now >= due) {
      progress_at_ = now;
      StartOne(now);
      if (failed_starts_ >= kMostFailedStarts) FailWaiting();
      due = now + (alive < Processors() ? kPatience : kStandstill);
    }
    if (wanted) next = std::max(due, start_at_);
  }
  for (const auto& one : workers_) {
    if (one->state != Worker::State::kIdle) continue;
    int64_t end = one->since + (alive > 1 ? kIdle : kIdleOfLast);
    if (now >= end) {
      Dismiss(*one);
      --alive;
    } else {
      next = std::min(next, end);
    }
  }
  return next;
}

void Workers::Finish() {
  finishing_ = true;
  for (const auto& one : workers_) {
    if (one->state == Worker::State::kIdle || one->state == Worker::State::kStarting) {
      Dismiss(*one);
    }
  }
}

}  // namespace bryo::api
