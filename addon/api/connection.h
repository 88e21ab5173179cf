// A connection of a client: requests come in, answers go out, one after the other.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "api/head.h"
#include "api/loop.h"
#include "api/outgoing.h"
#include "api/stream.h"
#include "monitor/clock.h"
#include "sys/fd.h"

namespace bryo::api {

class Connection;

// Longer bodies are read by the worker.
inline constexpr uint64_t kMaxHeldBody = 65536;
// Until a head, or a body that is held, is there in full.
inline constexpr int64_t kHeadTime = 30'000 * kMillisecond;
// While nothing is asked of the client, only an end that comes is told of, once.
inline constexpr uint32_t kQuiet = EPOLLET;

// The service, as its connections see it.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;
  virtual Loop& loop() = 0;
  // A request is there for a worker.
  virtual void Serve(Connection& connection) = 0;
  // The client is gone before a worker had its request.
  virtual void Withdraw(Connection& connection) = 0;
  // The connection has ended and is to be buried.
  virtual void End(Connection& connection) = 0;
  // The connection is to be asked at that time at the latest (Connection::deadline).
  virtual void ExpectBy(int64_t deadline) = 0;
  // The service ends: connections are not kept.
  virtual bool is_ending() const = 0;
};

// A request that a worker has asked to get once more.
struct Again {
  int woke = -1;      // which of the descriptors is readable; -1: the time has passed
  std::string state;  // the worker's
  std::vector<UniqueFd> fds;
};

class Connection final : public Watched {
 public:
  // `peer`: the user at the other end, where that is known.
  Connection(ConnectionHost& host, UniqueFd socket, std::optional<uid_t> peer)
      : host_(host), socket_(std::move(socket)), peer_(peer) {}

  bool Begin();
  void OnEvents(uint32_t events) override;

  // --- for the workers
  // The bytes of the request, as many as there are; in full unless its body is long or chunked.
  std::string_view request() const;
  std::string_view method() const { return method_; }
  std::string_view target() const { return target_; }
  Again& again() { return again_; }
  bool is_again() const { return is_again_; }
  void Taken() { state_ = State::kServed; }
  void Begun() { begun_ = true; }
  void Keep(std::string_view beyond, std::string_view answer);
  void CloseAfter(std::string_view answer);
  // Answers with an error unless an answer has begun, and closes.
  void Fail(int status, std::string_view text);
  // After the answer, a stream has the connection. `early`: what of the client was read already.
  void Carry(std::unique_ptr<Stream> stream, std::string_view answer, std::string_view early);

  // --- for streams
  Outgoing& outgoing() { return outgoing_; }
  std::string& input() { return input_; }
  bool SetInterest(uint32_t events);
  // Asks for OnDeadline; kNoDeadline: no longer.
  void SetDeadline(int64_t deadline);
  // Back to a worker, with the same request.
  void ServeAgain(Again again);
  void Close();
  // As Close, when the client has been told of the end: it is given time to read everything.
  void Linger();

  // --- for the service
  int fd() const { return socket_.get(); }
  std::optional<uid_t> peer() const { return peer_; }
  int64_t deadline() const { return deadline_; }
  void Expire();
  // The service ends: what waits for a request and what streams end at once, the rest when
  // answered.
  void Finish();
  // Whether the service is in use by it.
  bool is_active() const {
    return state_ != State::kLingering && (state_ != State::kReading || !input_.empty());
  }

  size_t place = 0;  // among the host's

 private:
  enum class State { kReading, kQueued, kServed, kAnswering, kStreaming, kLingering };

  void Read();
  void Examine();
  void ExamineBody();
  void Refuse(const std::string& answer);
  void StartAnswer(std::string_view answer, bool keep);
  void FlushAnswer();
  void Answered();
  void EndStream();
  void AwaitEnd();

  ConnectionHost& host_;
  UniqueFd socket_;
  std::optional<uid_t> peer_;
  State state_ = State::kReading;
  uint32_t interest_ = 0;
  int64_t deadline_ = kNoDeadline;
  std::string input_;
  size_t scanned_ = 0;
  size_t request_size_ = 0;  // at the beginning of input_; 0: its head is not there yet
  std::string method_;
  std::string target_;
  bool whole_ = false;
  bool continued_ = false;
  bool begun_ = false;
  bool keep_ = false;
  bool is_again_ = false;
  bool ended_ = false;
  Again again_;
  Outgoing outgoing_;
  std::unique_ptr<Stream> next_;  // begins after the answer
  std::unique_ptr<Stream> stream_;
};

}  // namespace bryo::api
