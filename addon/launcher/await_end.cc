#include "launcher/await_end.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "launcher/detach.h"
#include "monitor/protect.h"
#include "sys/arguments.h"
#include "sys/fd.h"
#include "sys/status.h"
#include "sys/target.h"

namespace bryo {
namespace {

constexpr int kFailed = 125;

int Fail(const Status& status) {
  std::fprintf(stderr, "%s\n", status.message().c_str());
  return kFailed;
}

char** ProgramOf(int argc, char** argv) {
  for (int i = 0; i + 1 < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) return argv + i + 1;
  }
  return nullptr;
}

bool IsTaken(int file) {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return ::fcntl(file, F_SETLK, &lock) != 0;
}

void AwaitEnd(int process) {
  pollfd ended{process, POLLIN, 0};
  while (::poll(&ended, 1, -1) < 0 && errno == EINTR) continue;
}

// The lock belongs to the process that waits, so it is taken there.
int Wait(const char* lock, const Target& target, char** program, int report) {
  UniqueFd file(::open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!file.valid()) return Fail(Status::Errno(lock));
  if (IsTaken(file.get())) return 0;
  UniqueFd process;
  Status pinned = PinTarget(target, process);
  // An end that came meanwhile is what is waited for.
  if (!pinned.ok() && pinned.err() != ESRCH) return Fail(pinned);
  LeaveCaller();
  ::prctl(PR_SET_NAME, "bryo-await-end");
  DetachStdio();
  if (::chdir("/") != 0) return kFailed;
  ::close(report);
  ReleaseStartupMemory();
  if (process.valid()) AwaitEnd(process.get());
  // The container has been removed.
  struct stat st {};
  if (::fstat(file.get(), &st) == 0 && st.st_nlink == 0) return 0;
  ::signal(SIGPIPE, SIG_DFL);
  ::execv(program[0], program);
  return kFailed;
}

}  // namespace

int AwaitEndMain(int argc, char** argv) {
  char** program = ProgramOf(argc, argv);
  const char* lock = Arguments(argc, argv).Text("--lock");
  Target target = ReadTarget(argc, argv);
  int report[2];
  if (program == nullptr || *lock == '\0' || ::pipe2(report, O_CLOEXEC) != 0) return kFailed;
  UniqueFd reading(report[0]);
  UniqueFd writing(report[1]);
  pid_t pid = ::fork();
  if (pid < 0) return Fail(Status::Errno("fork"));
  if (pid == 0) {
    reading.reset();
    ::_exit(Wait(lock, target, program, writing.release()));
  }
  writing.reset();
  char none = 0;
  // The end of file is the word: it waits, or has ended.
  if (::read(reading.get(), &none, 1) < 0) return Fail(Status::Errno("await-end"));
  return 0;
}

}  // namespace bryo
