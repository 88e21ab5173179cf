#include "napi/channels.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <string>
#include <vector>

#include "napi/errors.h"
#include "sys/descriptors.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

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

// Blocks until there is something to read, or an end; false when `timeout` (milliseconds) ran out.
Napi::Value AwaitReadable(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsNumber()) {
    return ThrowType(env, "awaitReadable(fd: number, timeout: number)");
  }
  pollfd poller{info[0].As<Napi::Number>().Int32Value(), POLLIN, 0};
  return Napi::Boolean::New(env, ::poll(&poller, 1, info[1].As<Napi::Number>().Int32Value()) > 0);
}

// Whether the other end of a connection was closed, or has closed its own direction: whatever it
// has sent before does not count.
Napi::Value PeerGone(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "peerGone(fd: number)");
  pollfd poller{info[0].As<Napi::Number>().Int32Value(), POLLRDHUP, 0};
  return Napi::Boolean::New(env, ::poll(&poller, 1, 0) > 0);
}

// A descriptor that is readable once a process has ended (pidfd_open(2)); -1: there is no such
// process.
Napi::Value ProcessDescriptor(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsNumber()) return ThrowType(env, "pidfd(pid: number)");
  auto pid = static_cast<pid_t>(info[0].As<Napi::Number>().Int32Value());
  // EINVAL: a thread has the number by now, before Linux 6.9.
  auto fd = static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0 && errno != ESRCH && errno != EINVAL) return ThrowErrno(env, "pidfd_open");
  return Napi::Number::New(env, fd);
}

// Reads what there is; false at the end, when errno is 0, or where that failed.
bool ReadSome(int fd, size_t limit, std::string& out) {
  char chunk[65536];
  ssize_t n = ::read(fd, chunk, sizeof(chunk));
  if (n < 0 && errno == EINTR) return true;
  if (n > 0 && out.size() + static_cast<size_t>(n) > limit) {
    n = -1;
    errno = EFBIG;
  }
  if (n <= 0) {
    if (n == 0) errno = 0;
    return false;
  }
  out.append(chunk, static_cast<size_t>(n));
  return true;
}

// Blocks until both of the other ends are closed; everything they wrote, EFBIG if one wrote more
// than `limit` bytes. Both at the same time: a program that waits for room in one pipe closes
// neither.
Napi::Value ReadBoth(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsNumber()) {
    return ThrowType(env, "readBoth(first: number, second: number, limit: number)");
  }
  pollfd pollers[2] = {};
  std::string texts[2];
  for (size_t i = 0; i < 2; ++i) {
    pollers[i] = {info[i].As<Napi::Number>().Int32Value(), POLLIN, 0};
  }
  auto limit = static_cast<size_t>(info[2].As<Napi::Number>().Int64Value());
  while (pollers[0].fd >= 0 || pollers[1].fd >= 0) {
    if (::poll(pollers, 2, -1) < 0) {
      if (errno != EINTR) return ThrowErrno(env, "poll");
      continue;
    }
    for (size_t i = 0; i < 2; ++i) {
      if (pollers[i].fd < 0 || pollers[i].revents == 0) continue;
      if (ReadSome(pollers[i].fd, limit, texts[i])) continue;
      if (errno != 0) return ThrowErrno(env, "read");
      pollers[i].fd = -1;
    }
  }
  Napi::Array both = Napi::Array::New(env, 2);
  for (uint32_t i = 0; i < 2; ++i) {
    both[i] = Napi::Buffer<char>::Copy(env, texts[i].data(), texts[i].size());
  }
  return both;
}

// A connection whose reads and writes fail with EAGAIN after `timeout` seconds. `kind`: of bytes
// (stream) or of messages (packets).
Napi::Value ConnectUnix(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsString() || !info[1].IsNumber() || !info[2].IsString()) {
    return ThrowType(env, "connectUnix(path: string, timeout: number, kind: string)");
  }
  std::string kind = info[2].As<Napi::String>();
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
  int type = kind == "packets" ? SOCK_SEQPACKET : SOCK_STREAM;
  UniqueFd fd(::socket(AF_UNIX, type | SOCK_CLOEXEC, 0));
  timeval limit{info[1].As<Napi::Number>().Int32Value(), 0};
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) != 0 ||
      ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      ::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return ThrowErrno(env, path.c_str());
  }
  return Napi::Number::New(env, fd.release());
}

// One datagram to a socket, such as the journal's; @NAME is an abstract one.
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
  socklen_t length = sizeof(address);
  if (path[0] == '@') {  // an abstract one, as sd_notify(3) writes it
    address.sun_path[0] = '\0';
    length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
  }
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  const timeval limit{1, 0};
  if (!fd.valid() || ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)) != 0 ||
      ::sendto(fd.get(), bytes.Data(), bytes.ByteLength(), MSG_NOSIGNAL,
               reinterpret_cast<sockaddr*>(&address), length) < 0) {
    return ThrowErrno(env, path.c_str());
  }
  return env.Undefined();
}

// A connected pair for the attach protocol.
Napi::Value MakeSeqpacketPair(const Napi::CallbackInfo& info) {
  UniqueFd ours;
  UniqueFd theirs;
  if (!SeqpacketPair(ours, theirs)) return ThrowErrno(info.Env(), "socketpair");
  return TwoFds(info.Env(), ours.release(), theirs.release());
}

// One message with descriptors, which stay open here.
Napi::Value SendDescriptorsTo(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsTypedArray() || !info[2].IsArray()) {
    return ThrowType(env, "sendDescriptors(socket: number, bytes: Uint8Array, fds: number[])");
  }
  auto bytes = info[1].As<Napi::Uint8Array>();
  auto list = info[2].As<Napi::Array>();
  std::vector<int> fds;
  for (uint32_t i = 0; i < list.Length(); ++i) {
    fds.push_back(Napi::Value(list[i]).As<Napi::Number>().Int32Value());
  }
  int socket = info[0].As<Napi::Number>().Int32Value();
  if (SendDescriptors(socket, bytes.Data(), bytes.ByteLength(), fds) < 0) {
    return ThrowErrno(env, "sendmsg");
  }
  return env.Undefined();
}

// Blocks until a message of at most so many bytes comes; an empty one means that the other end was
// closed.
Napi::Value ReceiveDescriptorsFrom(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 2 || !info[0].IsNumber() || !info[1].IsNumber()) {
    return ThrowType(env, "receiveDescriptors(socket: number, capacity: number)");
  }
  int socket = info[0].As<Napi::Number>().Int32Value();
  std::string message(info[1].As<Napi::Number>().Uint32Value(), '\0');
  std::vector<UniqueFd> received;
  ssize_t size;
  do {
    size = ReceiveDescriptors(socket, message.data(), message.size(), received);
  } while (size < 0 && errno == EINTR);
  if (size < 0) return ThrowErrno(env, "recvmsg");
  Napi::Object result = Napi::Object::New(env);
  result["bytes"] = Napi::Buffer<char>::Copy(env, message.data(), static_cast<size_t>(size));
  Napi::Array fds = Napi::Array::New(env);
  for (int fd : ReleaseAll(received)) fds[fds.Length()] = Napi::Number::New(env, fd);
  result["fds"] = fds;
  return result;
}

}  // namespace

void RegisterChannels(Napi::Env env, Napi::Object exports) {
  exports.Set("pipe", Napi::Function::New(env, Pipe));
  exports.Set("awaitReadable", Napi::Function::New(env, AwaitReadable));
  exports.Set("pidfd", Napi::Function::New(env, ProcessDescriptor));
  exports.Set("peerGone", Napi::Function::New(env, PeerGone));
  exports.Set("readBoth", Napi::Function::New(env, ReadBoth));
  exports.Set("connectUnix", Napi::Function::New(env, ConnectUnix));
  exports.Set("sendDatagram", Napi::Function::New(env, SendDatagram));
  exports.Set("seqpacketPair", Napi::Function::New(env, MakeSeqpacketPair));
  exports.Set("receiveDescriptors", Napi::Function::New(env, ReceiveDescriptorsFrom));
  exports.Set("sendDescriptors", Napi::Function::New(env, SendDescriptorsTo));
}

}  // namespace bryo
