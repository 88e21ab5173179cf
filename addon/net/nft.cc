#include "net/nft.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {

bool RunNft(const std::string& nft, int network, const std::string& rules) {
  pid_t pid = ::fork();
  if (pid == 0) {
    UniqueFd text(::memfd_create("bryo-rules", 0));
    UniqueFd null(::open("/dev/null", O_RDWR));
    if (::setns(network, CLONE_NEWNET) != 0 || !WriteFull(text.get(), rules.data(), rules.size()) ||
        ::lseek(text.get(), 0, SEEK_SET) != 0) {
      ::_exit(126);
    }
    ::dup2(text.get(), 0);
    ::dup2(null.get(), 1);
    ::dup2(null.get(), 2);
    ::syscall(SYS_close_range, 3U, ~0U, 0);
    const char* argv[] = {nft.c_str(), "-f", "-", nullptr};
    char* env[] = {nullptr};
    ::execve(nft.c_str(), const_cast<char**>(argv), env);
    ::_exit(127);
  }
  return pid > 0 && WaitFor(pid) == 0;
}

}  // namespace bryo
