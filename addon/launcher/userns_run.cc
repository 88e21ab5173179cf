#include "launcher/userns_run.h"

#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "launcher/id_map.h"
#include "launcher/session_server.h"
#include "sys/contract.gen.h"
#include "sys/descriptors.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

struct Options {
  IdExtents uids;
  IdExtents gids;
  bool direct = false;
  bool session = false;  // what is mounted in there is held until the program ends
  std::string server;    // where the session finds its server (launcher/session_server.h)
  char** program = nullptr;
};

bool ParseExtents(const char* text, IdExtents& out) {
  while (*text != '\0') {
    char* end = nullptr;
    out.push_back(static_cast<uint32_t>(std::strtoul(text, &end, 10)));
    if (end == text) return false;
    text = end;
    if (*text == ':' || *text == ',') ++text;
  }
  return !out.empty() && out.size() % 3 == 0;
}

bool ParseOptions(int argc, char** argv, Options& options) {
  int i = 0;
  for (; i < argc; ++i) {
    if (std::strcmp(argv[i], "--") == 0) break;
    if (std::strcmp(argv[i], "--direct") == 0) {
      options.direct = true;
    } else if (std::strcmp(argv[i], "--session") == 0) {
      options.session = true;
    } else if (std::strcmp(argv[i], "--server") == 0 && i + 1 < argc) {
      options.server = argv[++i];
    } else if (std::strcmp(argv[i], "--uids") == 0 && i + 1 < argc) {
      if (!ParseExtents(argv[++i], options.uids)) return false;
    } else if (std::strcmp(argv[i], "--gids") == 0 && i + 1 < argc) {
      if (!ParseExtents(argv[++i], options.gids)) return false;
    } else {
      return false;
    }
  }
  if (i + 1 >= argc || options.uids.empty() || options.gids.empty()) return false;
  options.program = argv + i + 1;
  return true;
}

// Null where there is no server: the session can do without.
UniqueFd ReceiveListener(int sync) {
  char word = 0;
  std::vector<UniqueFd> received;
  ReceiveDescriptors(sync, &word, 1, received);
  return received.empty() ? UniqueFd() : std::move(received.front());
}

void SendListener(int sync, const std::string& directory) {
  UniqueFd listener;
  if (!OpenSessionSocket(directory, listener).ok()) {
    ::unsetenv(kUnshareServerVariable);
    return;
  }
  const int fd = listener.get();
  SendDescriptors(sync, "l", 1, {&fd, 1});
  ::setenv(kUnshareServerVariable, directory.c_str(), 1);
}

// The id outside of the namespace's root.
uid_t RootOutside(const IdExtents& uids) {
  for (size_t i = 0; i + 2 < uids.size(); i += 3) {
    if (uids[i] == 0) return uids[i + 1];
  }
  return ::geteuid();
}

// Returns only when it fails, with errno. The namespace's root may be somebody who cannot pass
// through the home directory that the program is installed in: the descriptor from before leads
// there.
void Execute(char** program, int opened) {
  ::execvp(program[0], program);
  if (errno != EACCES || opened < 0) return;
  ::syscall(SYS_execveat, opened, "", program, environ, AT_EMPTY_PATH);
}

[[noreturn]] void RunProgram(int sync, const Options& options) {
  char go = 0;
  const UniqueFd opened(::open(options.program[0], O_PATH | O_CLOEXEC));
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
    std::fprintf(stderr, "cannot create a user namespace: %s\n", std::strerror(errno));
    ::_exit(125);
  }
  if (!WriteFull(sync, "u", 1) || !ReadFull(sync, &go, 1)) ::_exit(125);
  // Group changes fail in a single-id map, where setgroups is denied: nothing to drop there.
  ::setgroups(0, nullptr);
  if (::setresgid(0, 0, 0) != 0 || ::setresuid(0, 0, 0) != 0) {
    std::fprintf(stderr, "cannot become root of the user namespace: %s\n", std::strerror(errno));
    ::_exit(125);
  }
  if (!options.server.empty()) SendListener(sync, options.server);
  ::close(sync);
  if (options.session) ::setenv("BRYO_UNSHARE_PID", std::to_string(::getpid()).c_str(), 1);
  Execute(options.program, opened.get());
  int err = errno;
  std::fprintf(stderr, "%s: %s\n", options.program[0], std::strerror(err));
  ::_exit(err == ENOENT ? 127 : 126);
}

}  // namespace

int UsernsRunMain(int argc, char** argv) {
  Options options;
  if (!ParseOptions(argc, argv, options)) {
    std::fprintf(stderr, "usage: bryo-launcher userns --uids MAP --gids MAP -- PROGRAM\n");
    return 125;
  }
  int pair[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0) return 125;
  UniqueFd mine(pair[0]);
  UniqueFd theirs(pair[1]);
  // The terminal's signals reach the program by itself; the parent only waits for it.
  ::signal(SIGINT, SIG_IGN);
  ::signal(SIGQUIT, SIG_IGN);
  pid_t pid = ::fork();
  if (pid < 0) return 125;
  if (pid == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGQUIT, SIG_DFL);
    mine.reset();
    RunProgram(theirs.get(), options);
  }
  theirs.reset();
  char ready = 0;
  if (ReadFull(mine.get(), &ready, 1)) {
    Status mapped = options.direct
                        ? MapIdsDirectly(pid, options.uids, options.gids, ::geteuid() != 0)
                        : MapIdsWithHelpers(pid, options.uids, options.gids);
    if (mapped.ok()) {
      WriteFull(mine.get(), "m", 1);
    } else {
      std::fprintf(stderr, "cannot map ids: %s\n", mapped.message().c_str());
      mine.reset();
    }
  }
  UniqueFd listener;
  if (!options.server.empty()) listener = ReceiveListener(mine.get());
  int status = listener.valid() ? ServeSession(listener.get(), RootOutside(options.uids), pid)
                                : WaitFor(pid);
  if (status < 0) return 125;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace bryo
