#include "napi/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "napi/errors.h"
#include "sys/c_strings.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

struct Program {
  std::string path;
  std::vector<std::string> argv_storage;
  std::vector<std::string> env_storage;
  std::vector<char*> argv;
  std::vector<char*> env;
  std::vector<int> fds;  // the child's descriptor i is fds[i]
};

void ReadStrings(const Napi::Array& list, std::vector<std::string>& storage,
                 std::vector<char*>& pointers) {
  storage.reserve(list.Length());
  for (uint32_t i = 0; i < list.Length(); ++i) {
    storage.push_back(Napi::Value(list[i]).As<Napi::String>());
  }
  pointers = CStrings(storage);
}

bool ReadProgram(const Napi::CallbackInfo& info, Program& out) {
  if (info.Length() != 4 || !info[0].IsString() || !info[1].IsArray() || !info[2].IsArray() ||
      !info[3].IsArray()) {
    ThrowType(info.Env(), "(path: string, argv: string[], env: string[], fds: number[])");
    return false;
  }
  out.path = info[0].As<Napi::String>();
  ReadStrings(info[1].As<Napi::Array>(), out.argv_storage, out.argv);
  ReadStrings(info[2].As<Napi::Array>(), out.env_storage, out.env);
  auto fds = info[3].As<Napi::Array>();
  for (uint32_t i = 0; i < fds.Length(); ++i) {
    out.fds.push_back(Napi::Value(fds[i]).As<Napi::Number>().Int32Value());
  }
  return true;
}

// JavaScript runtimes ignore SIGPIPE, block signals and set O_NONBLOCK on what they read.
void ResetSignals() {
  for (int sig = 1; sig < 32; ++sig) {
    if (sig != SIGKILL && sig != SIGSTOP) ::signal(sig, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

// Ignored rather than blocked: a mask is one thread's, and the engine has several.
Napi::Value IgnoreSignals(const Napi::CallbackInfo& info) {
  for (int sig : {SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM, SIGTSTP}) {
    ::signal(sig, SIG_IGN);
  }
  return info.Env().Undefined();
}

// Moves every source above the target range first, so that no dup2 overwrites a later source.
[[noreturn]] void Execute(Program& program) {
  int count = static_cast<int>(program.fds.size());
  for (int i = 0; i < count; ++i) {
    int moved = ::fcntl(program.fds[static_cast<size_t>(i)], F_DUPFD_CLOEXEC, count + 3);
    program.fds[static_cast<size_t>(i)] = moved;
  }
  for (int i = 0; i < count; ++i) {
    if (::dup2(program.fds[static_cast<size_t>(i)], i) < 0) ::_exit(125);
  }
  ::syscall(SYS_close_range, static_cast<unsigned>(count), ~0U, 0);
  ::execve(program.path.c_str(), program.argv.data(), program.env.data());
  ::_exit(errno == ENOENT ? 127 : 126);
}

Napi::Value Spawn(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Program program;
  if (!ReadProgram(info, program)) return env.Undefined();
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  // vfork: a JavaScript heap's page tables are too large to copy for each start. The child touches
  // only its own copy of the fd numbers; with all signals blocked no handler runs in it.
  pid_t pid = ::vfork();
  if (pid == 0) {
    ResetSignals();
    Execute(program);
  }
  int err = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return ThrowErrno(env, "fork", err);
  return Napi::Number::New(env, pid);
}

Napi::Value Exec(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  Program program;
  if (!ReadProgram(info, program)) return env.Undefined();
  if (::access(program.path.c_str(), X_OK) != 0) return ThrowErrno(env, program.path.c_str());
  ResetSignals();
  Execute(program);
}

// Without the engine's handlers: Bun's gives the terminal the settings that it had in the
// beginning, and by then they are the attach client's.
Napi::Value ExitAtOnce(const Napi::CallbackInfo&) { ::_exit(0); }

// Blocks until the child has ended; its exit status, 128+n when a signal ended it.
Napi::Value Wait(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "wait(pid: number)");
  int status = WaitFor(info[0].As<Napi::Number>().Int32Value());
  if (status < 0) return ThrowErrno(env, "waitpid");
  int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return Napi::Number::New(env, code);
}

// Takes the status of every child that has ended and nobody waits for; whether others live.
Napi::Value ReapChildren(const Napi::CallbackInfo& info) {
  pid_t reaped = 0;
  do {
    reaped = ::waitpid(-1, nullptr, WNOHANG);
  } while (reaped > 0);
  return Napi::Boolean::New(info.Env(), reaped == 0);
}

// Blocks until the process has ended; false when `timeout` (milliseconds, -1: for ever) ran out.
Napi::Value WaitPidfd(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsNumber()) {
    return ThrowType(env, "waitProcess(pid: number, timeout: number)");
  }
  int pid = info[0].As<Napi::Number>().Int32Value();
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!fd.valid()) {
    if (errno == ESRCH || errno == EINVAL) return Napi::Boolean::New(env, true);
    return ThrowErrno(env, "pidfd_open");
  }
  pollfd poller{fd.get(), POLLIN, 0};
  int ready = ::poll(&poller, 1, info[1].As<Napi::Number>().Int32Value());
  return Napi::Boolean::New(env, ready > 0);
}

// SIGKILL for a process if it is in a mount namespace, which is looked at once no other can have
// its pid.
Napi::Value KillIn(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsString()) {
    return ThrowType(env, "killIn(pid: number, mounts: string)");
  }
  int pid = info[0].As<Napi::Number>().Int32Value();
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  char target[64];
  std::string path = "/proc/" + std::to_string(pid) + "/ns/mnt";
  ssize_t size = fd.valid() ? ::readlink(path.c_str(), target, sizeof(target)) : -1;
  bool is_there = size > 0 && info[1].As<Napi::String>().Utf8Value() ==
                                  std::string(target, static_cast<size_t>(size));
  bool killed = is_there && ::syscall(SYS_pidfd_send_signal, fd.get(), SIGKILL, nullptr, 0) == 0;
  return Napi::Boolean::New(env, killed);
}

// CLOCK_MONOTONIC in nanoseconds: the launcher's clock, which the runtimes do not all show.
Napi::Value MonotonicNow(const Napi::CallbackInfo& info) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Napi::BigInt::New(info.Env(),
                           static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
}

Napi::Value TerminalSize(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(info.Env(), "(fd: number)");
  winsize size{};
  if (::ioctl(info[0].As<Napi::Number>().Int32Value(), TIOCGWINSZ, &size) != 0)
    return info.Env().Null();
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("rows", Napi::Number::New(info.Env(), size.ws_row));
  out.Set("columns", Napi::Number::New(info.Env(), size.ws_col));
  return out;
}

}  // namespace

void RegisterProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, Spawn));
  exports.Set("exec", Napi::Function::New(env, Exec));
  exports.Set("exitAtOnce", Napi::Function::New(env, ExitAtOnce));
  exports.Set("ignoreSignals", Napi::Function::New(env, IgnoreSignals));
  exports.Set("wait", Napi::Function::New(env, Wait));
  exports.Set("reapChildren", Napi::Function::New(env, ReapChildren));
  exports.Set("terminalSize", Napi::Function::New(env, TerminalSize));
  exports.Set("monotonicNow", Napi::Function::New(env, MonotonicNow));
  exports.Set("killIn", Napi::Function::New(env, KillIn));
  exports.Set("waitProcess", Napi::Function::New(env, WaitPidfd));
}

}  // namespace bryo
