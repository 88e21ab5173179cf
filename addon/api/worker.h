// A worker: a process of the program proper that serves one request at a time.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <vector>

#include "api/loop.h"
#include "api/starter.h"
#include "api/worker_message.h"
#include "sys/fd.h"

namespace bryo::api {

class Connection;
class Worker;

// The pool, as its workers see it.
class WorkerHost {
 public:
  virtual ~WorkerHost() = default;
  virtual void OnReady(Worker& worker) = 0;
  virtual void OnMessage(Worker& worker, const WorkerMessage& message,
                         std::vector<UniqueFd> fds) = 0;
  // The worker has closed its channel, or said what makes no sense: it is of no more use.
  virtual void OnLost(Worker& worker) = 0;
};

class Worker final : public Watched {
 public:
  enum class State { kStarting, kIdle, kBusy, kEnding };

  Worker(WorkerHost& host, const Loop& loop) : host_(host), loop_(loop) {}

  bool Start(Starter& starter);
  // Hands a request over. False: it is lost.
  bool Give(Connection& connection);
  // Closes the channel, so that it ends.
  void Dismiss();
  void OnEvents(uint32_t events) override;

  pid_t pid() const { return pid_; }

  State state = State::kStarting;
  Connection* connection = nullptr;
  size_t served = 0;
  int64_t since = 0;  // in this state

 private:
  // False: there is none.
  bool ReceiveOne();

  WorkerHost& host_;
  const Loop& loop_;
  UniqueFd channel_;
  pid_t pid_ = -1;
};

}  // namespace bryo::api
