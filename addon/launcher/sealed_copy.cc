#include "launcher/sealed_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

namespace bryo {

Status MakeSealedCopy(UniqueFd& out) {
  UniqueFd self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (!self.valid() || ::fstat(self.get(), &st) != 0) return Status::Errno("/proc/self/exe");
  UniqueFd copy(::memfd_create("bryo-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!copy.valid() && errno == EINVAL) {
    copy.reset(::memfd_create("bryo-launcher", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  if (!copy.valid()) return Status::Errno("memfd_create");
  off_t left = st.st_size;
  while (left > 0) {
    ssize_t n = ::sendfile(copy.get(), self.get(), nullptr, static_cast<size_t>(left));
    if (n <= 0) return Status::Errno("copy the launcher");
    left -= n;
  }
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  if (::fcntl(copy.get(), F_ADD_SEALS, kSeals) != 0) return Status::Errno("seal the launcher");
  out = std::move(copy);
  return {};
}

}  // namespace bryo
