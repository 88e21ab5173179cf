#include "net/in_child.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {

Status InChild(const std::function<Status()>& work) {
  constexpr size_t kLongest = 4096;
  int report[2];
  if (::pipe2(report, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd reading(report[0]);
  UniqueFd writing(report[1]);
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    Status status = work();
    if (status.ok()) ::_exit(0);
    std::string text = std::to_string(status.err()) + " " + status.what();
    WriteFull(writing.get(), text.data(), text.size());
    ::_exit(1);
  }
  writing.reset();
  std::string text;
  ReadAll(reading.get(), kLongest, text);
  int status = WaitFor(pid);
  if (status == 0) return {};
  if (text.empty()) return Status::Error("a process in another namespace was killed");
  char* what = nullptr;
  auto number = static_cast<int>(std::strtol(text.c_str(), &what, 10));
  return Status::Errno(*what == ' ' ? what + 1 : what, number);
}

}  // namespace bryo
