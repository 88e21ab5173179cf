#include "api/loop.h"

#include <cerrno>
#include <utility>

namespace bryo::api {
namespace {

bool Control(int epoll, int operation, int fd, uint32_t events, Watched* owner) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = owner;
  return ::epoll_ctl(epoll, operation, fd, &event) == 0;
}

}  // namespace

bool Loop::Open() {
  epoll_.reset(::epoll_create1(EPOLL_CLOEXEC));
  return epoll_.valid();
}

bool Loop::Watch(int fd, uint32_t events, Watched& owner) const {
  return Control(epoll_.get(), EPOLL_CTL_ADD, fd, events, &owner);
}

bool Loop::Change(int fd, uint32_t events, Watched& owner) const {
  return Control(epoll_.get(), EPOLL_CTL_MOD, fd, events, &owner);
}

void Loop::Forget(int fd) const { Control(epoll_.get(), EPOLL_CTL_DEL, fd, 0, nullptr); }

bool Loop::RunOnce(int timeout) {
  constexpr int kAtOnce = 64;
  epoll_event events[kAtOnce];
  int count = ::epoll_wait(epoll_.get(), events, kAtOnce, timeout);
  if (count < 0) return errno == EINTR;
  for (int i = 0; i < count; ++i) {
    auto* owner = static_cast<Watched*>(events[i].data.ptr);
    if (!owner->buried_) owner->OnEvents(events[i].events);
  }
  buried_.clear();
  return true;
}

void Loop::Bury(std::unique_ptr<Watched> owner) {
  owner->buried_ = true;
  buried_.push_back(std::move(owner));
}

}  // namespace bryo::api
