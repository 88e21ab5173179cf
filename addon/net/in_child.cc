#include "net/in_child.h"

#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo {

namespace {

constexpr size_t kLongest = 4096;

// A failure begins with its errno.
std::string TextOf(const Status& status) {
  std::string text = status.ok() ? "ok" : std::to_string(status.err()) + " " + status.what();
  return text.substr(0, kLongest);
}

Status StatusOf(const std::string& text) {
  if (text == "ok") return {};
  if (text.empty()) return Status::Error("a process in another namespace was killed");
  char* what = nullptr;
  auto number = static_cast<int>(std::strtol(text.c_str(), &what, 10));
  return Status::Errno(*what == ' ' ? what + 1 : what, number);
}

[[noreturn]] void Work(const std::function<Status(UniqueFd&)>& work, int report) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  UniqueFd left;
  const std::string text = TextOf(work(left));
  const int fd = left.get();
  SendDescriptors(report, text.data(), text.size(), std::span(&fd, left.valid() ? 1 : 0));
  ::_exit(0);
}

}  // namespace

Status InChild(const std::function<Status(UniqueFd&)>& work, UniqueFd& left) {
  UniqueFd reading;
  UniqueFd writing;
  if (!SeqpacketPair(reading, writing)) return Status::Errno("socket pair");
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) Work(work, writing.get());
  writing.reset();
  std::string text(kLongest, '\0');
  std::vector<UniqueFd> fds;
  ssize_t got = ReceiveDescriptors(reading.get(), text.data(), text.size(), fds);
  text.resize(got > 0 ? static_cast<size_t>(got) : 0);
  WaitFor(pid);
  if (!fds.empty()) left = std::move(fds.front());
  return StatusOf(text);
}

Status InChild(const std::function<Status()>& work) {
  UniqueFd none;
  return InChild([&work](UniqueFd&) { return work(); }, none);
}

}  // namespace bryo
