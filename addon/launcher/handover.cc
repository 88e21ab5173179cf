#include "launcher/handover.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cstring>
#include <span>

#include "launcher/hooks.h"
#include "sys/descriptors.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {

Status SendDescriptor(const std::string& path, std::string text, int fd) {
  size_t slash = path.rfind('/');
  // The socket's directory can be deeper than an address is long.
  UniqueFd directory(::open(path.substr(0, slash + 1).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  UniqueFd socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!directory.valid() || !socket.valid()) return Status::Errno(path);
  std::string address_path =
      "/proc/self/fd/" + std::to_string(directory.get()) + path.substr(slash);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (address_path.size() >= sizeof(address.sun_path)) return Status::Errno(path, ENAMETOOLONG);
  std::memcpy(address.sun_path, address_path.c_str(), address_path.size());
  if (::connect(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return Status::Errno("socket " + path);
  }
  std::span<const int> fds(&fd, 1);
  ssize_t sent = SendDescriptors(socket.get(), text.data(), text.size(), fds);
  if (sent < 0) return Status::Errno("socket " + path);
  auto done = static_cast<size_t>(sent);
  if (!WriteFull(socket.get(), text.data() + done, text.size() - done)) {
    return Status::Errno("socket " + path);
  }
  return {};
}

Status SendListener(const HeaderSeccompListener& plan, pid_t payload, int listener) {
  Status sent = SendDescriptor(plan.path, WithPid(plan.state, payload), listener);
  if (sent.ok() || plan.optional) return {};
  return Status::Errno(std::string("failed to connect with seccomp agent: ") + sent.what(),
                       sent.err());
}

}  // namespace bryo
