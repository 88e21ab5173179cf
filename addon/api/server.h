// The service: listens, has requests served by workers, and ends when nobody uses it.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "api/connection.h"
#include "api/doors.h"
#include "api/listen.h"
#include "api/loop.h"
#include "api/options.h"
#include "api/starter.h"
#include "api/workers.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo::api {

class Server final : public ConnectionHost, public StreamMaker, public DoorHost {
 public:
  Server() : workers_(loop_, *this, starter_) {}

  Status Open(const Options& options);
  // Until it was not used for long enough, or is told to end. False: it could not go on.
  bool Run();

  Loop& loop() override { return loop_; }
  void Serve(Connection& connection) override { workers_.Serve(connection); }
  void Withdraw(Connection& connection) override { workers_.Withdraw(connection); }
  void End(Connection& connection) override;
  void ExpectBy(int64_t deadline) override;
  bool is_ending() const override { return ending_; }
  bool Carry(Connection& connection, const WorkerMessage& message,
             std::vector<UniqueFd> fds) override;
  void Accept(int listening, bool is_local) override;
  void HandleSignal(int number) override;

 private:
  Status Listen(UniqueFd socket, int family);
  Status ListenAll(const Options& options, std::vector<SocketFile>& files);
  void LoseStarter();
  void BeginEnd();
  void Sweep(int64_t now);
  bool IsUsed() const;
  int Timeout(int64_t now);
  void PauseListening();
  void ResumeListening();

  Loop loop_;
  Starter starter_;
  Workers workers_;
  std::vector<std::unique_ptr<Listener>> listeners_;
  std::unique_ptr<Watched> signals_;
  std::vector<std::unique_ptr<Connection>> connections_;
  size_t most_connections_ = 0;
  int64_t idle_time_ = 0;  // 0: it waits for ever
  int64_t used_at_ = 0;    // the last time at which it was in use
  int64_t next_sweep_ = INT64_MAX;
  int64_t end_by_ = INT64_MAX;
  bool paused_ = false;
  bool resting_ = false;  // its memory has been given back
  bool ending_ = false;
  bool failed_ = false;
};

}  // namespace bryo::api
