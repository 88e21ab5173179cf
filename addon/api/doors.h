// Where the service is reached from outside: by clients, and by signals.
#pragma once

#include <utility>

#include "api/loop.h"
#include "sys/fd.h"

namespace bryo::api {

// The service, as its doors see it.
class DoorHost {
 public:
  virtual ~DoorHost() = default;
  // Clients wait at a listening socket; `is_local`: of this machine (AF_UNIX).
  virtual void Accept(int listening, bool is_local) = 0;
  virtual void HandleSignal(int number) = 0;
};

class Listener final : public Watched {
 public:
  Listener(DoorHost& host, UniqueFd socket, bool is_local)
      : host_(host), socket_(std::move(socket)), is_local_(is_local) {}
  int fd() const { return socket_.get(); }
  void OnEvents(uint32_t) override { host_.Accept(socket_.get(), is_local_); }

 private:
  DoorHost& host_;
  UniqueFd socket_;
  bool is_local_;
};

// Ends of children, and signals that ask the service to end unless the caller has them ignored.
class Signals final : public Watched {
 public:
  explicit Signals(DoorHost& host) : host_(host) {}
  bool Open(const Loop& loop);
  void OnEvents(uint32_t events) override;

 private:
  DoorHost& host_;
  UniqueFd fd_;
};

}  // namespace bryo::api
