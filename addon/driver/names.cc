// bryo-names, in tests only: the responder of names between two network namespaces, and leases that are held.
//   respond NETWORKS RESOLV_CONF NETNS   listens in NETNS, asks servers from the own namespace
//   hold LEASES NUMBER...                holds the bytes of these numbers
// Either writes "ready" and stays until it is killed.
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <thread>

#include "net/dns_responder.h"

namespace {

int Fail(const char* what) {
  std::perror(what);
  return 1;
}

int Ready() {
  std::puts("ready");
  std::fflush(stdout);
  return 0;
}

int Respond(char** argv) {
  bryo::UniqueFd inside(::open(argv[2], O_RDONLY | O_CLOEXEC));
  bryo::dns::Listeners listeners;
  bryo::Status status;
  std::thread([&] {
    if (::setns(inside.get(), CLONE_NEWNET) != 0) std::exit(Fail("setns"));
    status = bryo::dns::OpenListeners(listeners);
  }).join();
  bryo::dns::Responder responder(argv[0], argv[1]);
  if (status.ok()) status = responder.Open(std::move(listeners));
  if (!status.ok()) return Fail(status.what().c_str());
  Ready();
  for (;;) {
    pollfd waiting{responder.fd(), POLLIN, 0};
    if (::poll(&waiting, 1, -1) > 0) responder.Handle();
  }
}

int Hold(char** argv) {
  int file = ::open(argv[0], O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  for (char** number = argv + 1; *number != nullptr; ++number) {
    struct flock lock{};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = std::atoll(*number);
    lock.l_len = 1;
    if (::fcntl(file, F_OFD_SETLK, &lock) != 0) return Fail("lock");
  }
  Ready();
  for (;;) ::pause();
}

}  // namespace

int main(int argc, char** argv) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (argc == 5 && std::strcmp(argv[1], "respond") == 0) return Respond(argv + 2);
  if (argc >= 4 && std::strcmp(argv[1], "hold") == 0) return Hold(argv + 2);
  return 2;
}
