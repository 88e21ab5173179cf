#include "monitor/protect.h"

#include <fcntl.h>
#include <link.h>
#include <linux/capability.h>
#include <malloc.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <utility>

#include "sys/capabilities.h"
#include "sys/descriptors.h"

namespace bryo {
namespace {

// An unprivileged monitor holds no capability; the owner of a user namespace needs none to signal
// its processes or to enter it. Root's monitor keeps what its clean-up may still need where no such
// namespace exists: signals to other ids, and deleting trees that belong to them.
constexpr uint64_t kKept = 1ULL << CAP_KILL | 1ULL << CAP_DAC_OVERRIDE | 1ULL << CAP_FOWNER;

void LeaveStandardStreams() {
  int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = 0; fd < 3; ++fd) {
    // Without /dev/null (a bare chroot) closing at least lets the caller's pipes end.
    if (null < 0) {
      ::close(fd);
    } else if (null != fd) {
      ::dup2(null, fd);
    }
  }
  if (null > 2) ::close(null);
}

int ForgetReadOnlySegments(dl_phdr_info* object, size_t, void*) {
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    uintptr_t start = object->dlpi_addr + segment.p_vaddr;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers.
    ::madvise(reinterpret_cast<void*>(start), segment.p_memsz, MADV_DONTNEED);
  }
  return 0;
}

}  // namespace

void ReleaseStartupMemory() {
  ::malloc_trim(0);
  ::dl_iterate_phdr(ForgetReadOnlySegments, nullptr);
}

void OccupyStandardStreams() {
  int fd;
  do {
    fd = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  } while (fd >= 0 && fd < 3);
  if (fd >= 0) ::close(fd);
}

void ProtectMonitor(std::vector<int> keep, bool no_new_privs) {
  ::prctl(PR_SET_NAME, "bryo-monitor");
  ::prctl(PR_SET_DUMPABLE, 0);
  if (no_new_privs) ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  ::setsid();  // fails harmlessly when the launcher did it
  ::umask(0077);
  if (::chdir("/") != 0) return;
  CloseAllBut(std::move(keep));
  LeaveStandardStreams();
  (void)KeepCapabilities(kKept);
}

int MakeSignalDescriptor() {
  // An inherited "ignore" of SIGCHLD would make the kernel throw the payload's status away.
  ::signal(SIGCHLD, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  sigset_t signals;
  sigemptyset(&signals);
  for (int number : {SIGCHLD, SIGTERM, SIGINT, SIGQUIT, SIGUSR2, SIGHUP, SIGUSR1}) {
    sigaddset(&signals, number);
  }
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  return ::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK);
}

}  // namespace bryo
