// One epoll(7) of many descriptors, each of which leads to its owner.
#pragma once

#include <sys/epoll.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "sys/fd.h"

namespace bryo::api {

// The owner of a descriptor, which is told of events until the descriptor is forgotten.
class Watched {
 public:
  virtual ~Watched() = default;
  virtual void OnEvents(uint32_t events) = 0;

 private:
  friend class Loop;
  bool buried_ = false;
};

class Loop {
 public:
  bool Open();
  bool Watch(int fd, uint32_t events, Watched& owner) const;
  bool Change(int fd, uint32_t events, Watched& owner) const;
  void Forget(int fd) const;

  // Waits for events, at most so many milliseconds (-1: for as long as it takes), and tells their
  // owners. False when that is no longer possible.
  bool RunOnce(int timeout);

  // Takes an owner that has ended, whose descriptors are forgotten. It is gone when RunOnce
  // returns: events of the same round that are for it are passed by.
  void Bury(std::unique_ptr<Watched> owner);

 private:
  UniqueFd epoll_;
  std::vector<std::unique_ptr<Watched>> buried_;
};

}  // namespace bryo::api
