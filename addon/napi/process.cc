#include "napi/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <vector>

#include "napi/errors.h"
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
  for (std::string& text : storage) pointers.push_back(text.data());
  pointers.push_back(nullptr);
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

// Blocks until the child has ended; its exit status, 128+n when a signal ended it.
Napi::Value Wait(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "wait(pid: number)");
  int status = WaitFor(info[0].As<Napi::Number>().Int32Value());
  if (status < 0) return ThrowErrno(env, "waitpid");
  int code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
  return Napi::Number::New(env, code);
}

Napi::Value TwoFds(Napi::Env env, int first, int second) {
  Napi::Array pair = Napi::Array::New(env, 2);
  pair[0u] = Napi::Number::New(env, first);
  pair[1u] = Napi::Number::New(env, second);
  return pair;
}

Napi::Value Pipe(const Napi::CallbackInfo& info) {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return ThrowErrno(info.Env(), "pipe2");
  return TwoFds(info.Env(), fds[0], fds[1]);
}

// A connection whose reads and writes fail with EAGAIN after `timeout` seconds.
Napi::Value ConnectUnix(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsString() || !info[1].IsNumber()) {
    return ThrowType(env, "connectUnix(path: string, timeout: number)");
  }
  std::string path = info[0].As<Napi::String>();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  // An address is shorter than a path may be: then it goes through its directory's descriptor.
  UniqueFd directory;
  size_t slash = path.rfind('/');
  if (path.size() >= sizeof(address.sun_path) && slash != std::string::npos) {
    directory.reset(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!directory.valid()) return ThrowErrno(env, path.c_str());
    path = "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
  }
  if (path.size() >= sizeof(address.sun_path)) return ThrowErrno(env, path.c_str(), ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  timeval limit{info[1].As<Napi::Number>().Int32Value(), 0};
  if (!fd.valid() ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return ThrowErrno(env, path.c_str());
  }
  return Napi::Number::New(env, fd.release());
}

// One datagram to a socket, such as the journal's.
Napi::Value SendDatagram(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsString() || !info[1].IsTypedArray()) {
    return ThrowType(env, "sendDatagram(path: string, bytes: Uint8Array)");
  }
  std::string path = info[0].As<Napi::String>();
  auto bytes = info[1].As<Napi::Uint8Array>();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof(address.sun_path)) return ThrowErrno(env, path.c_str(), ENAMETOOLONG);
  std::memcpy(address.sun_path, path.c_str(), path.size() + 1);
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval limit{1, 0};
  if (!fd.valid() ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      ::sendto(fd.get(), bytes.Data(), bytes.ByteLength(), MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&address), sizeof(address)) < 0) {
    return ThrowErrno(env, path.c_str());
  }
  return env.Undefined();
}

// A connected pair for the attach protocol.
Napi::Value SeqpacketPair(const Napi::CallbackInfo& info) {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) != 0) {
    return ThrowErrno(info.Env(), "socketpair");
  }
  return TwoFds(info.Env(), fds[0], fds[1]);
}

// Blocks until the other end is closed; everything it wrote, at most 1 MiB.
Napi::Value ReadToEnd(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "readToEnd(fd: number)");
  std::string bytes;
  if (!ReadAll(info[0].As<Napi::Number>().Int32Value(), 1 << 20, bytes)) {
    return ThrowErrno(env, "read");
  }
  return Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size());
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
    if (errno == ESRCH) return Napi::Boolean::New(env, true);
    return ThrowErrno(env, "pidfd_open");
  }
  pollfd poller{fd.get(), POLLIN, 0};
  int ready = ::poll(&poller, 1, info[1].As<Napi::Number>().Int32Value());
  return Napi::Boolean::New(env, ready > 0);
}

// CLOCK_MONOTONIC in nanoseconds: the launcher's clock, which the runtimes do not all show.
Napi::Value MonotonicNow(const Napi::CallbackInfo& info) {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return Napi::BigInt::New(info.Env(), static_cast<int64_t>(now.tv_sec) * 1'000'000'000 + now.tv_nsec);
}

Napi::Value TerminalSize(const Napi::CallbackInfo& info) {
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(info.Env(), "(fd: number)");
  winsize size{};
  if (::ioctl(info[0].As<Napi::Number>().Int32Value(), TIOCGWINSZ, &size) != 0) return info.Env().Null();
  Napi::Object out = Napi::Object::New(info.Env());
  out.Set("rows", Napi::Number::New(info.Env(), size.ws_row));
  out.Set("columns", Napi::Number::New(info.Env(), size.ws_col));
  return out;
}

}  // namespace

void RegisterProcess(Napi::Env env, Napi::Object exports) {
  exports.Set("spawn", Napi::Function::New(env, Spawn));
  exports.Set("exec", Napi::Function::New(env, Exec));
  exports.Set("wait", Napi::Function::New(env, Wait));
  exports.Set("pipe", Napi::Function::New(env, Pipe));
  exports.Set("connectUnix", Napi::Function::New(env, ConnectUnix));
  exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram));
  exports.Set("seqpacketPair", Napi::Function::New(env, SeqpacketPair));
  exports.Set("readToEnd", Napi::Function::New(env, ReadToEnd));
  exports.Set("terminalSize", Napi::Function::New(env, TerminalSize));
  exports.Set("monotonicNow", Napi::Function::New(env, MonotonicNow));
  exports.Set("waitProcess", Napi::Function::New(env, WaitPidfd));
}

}  // namespace bryo
