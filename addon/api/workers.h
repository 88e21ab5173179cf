// The workers, as many as there is work for, and the requests that wait for one.
//
// One is started when a client comes, another when a request has waited for kPatience. Those that
// have nothing to do end after a while.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "api/worker.h"

namespace bryo::api {

// Makes a stream of a worker's words.
class StreamMaker {
 public:
  virtual ~StreamMaker() = default;
  // False: the words make no sense.
  virtual bool Carry(Connection& connection, const WorkerMessage& message,
                     std::vector<UniqueFd> fds) = 0;
};

class Workers final : public WorkerHost {
 public:
  Workers(Loop& loop, StreamMaker& streams, Starter& starter)
      : loop_(loop), streams_(streams), starter_(starter) {}
  void Configure(size_t most) { most_ = most; }

  // A client has come: a request will.
  void Prepare();
  void Serve(Connection& connection);
  void Withdraw(Connection& connection);

  // Starts and ends workers as the time has come to; returns when to be called again.
  int64_t Tend(int64_t now);
  // A process of ours has ended. False: it was no worker.
  bool Reap(pid_t pid, int status);
  // Ends those that have nothing to do, and the others afterwards.
  void Finish();
  // Answers requests that no worker has with an error.
  void FailWaiting();

  size_t count() const { return workers_.size(); }
  bool is_busy() const { return busy_ > 0 || !queue_.empty(); }

  void OnReady(Worker& worker) override;
  void OnMessage(Worker& worker, const WorkerMessage& message, std::vector<UniqueFd> fds) override;
  void OnLost(Worker& worker) override;

 private:
  struct Waiting {
    Connection* connection;
    int64_t since;
  };

  bool StartOne(int64_t now);
  int64_t DueWith(size_t alive, int64_t now) const;
  void GiveNext(Worker& worker);
  void Rest(Worker& worker);
  void Dismiss(Worker& worker);
  void DropRequest(Worker& worker);
  Worker* Idle();
  size_t Count(Worker::State state) const;

  Loop& loop_;
  StreamMaker& streams_;
  Starter& starter_;
  size_t most_ = 8;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::deque<Waiting> queue_;
  size_t busy_ = 0;
  size_t failed_starts_ = 0;  // one after the other
  int64_t start_at_ = 0;      // not before that time
  int64_t progress_at_ = 0;   // when a worker was given a request, or started
  bool finishing_ = false;
};

}  // namespace bryo::api
