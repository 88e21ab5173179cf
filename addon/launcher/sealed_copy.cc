#include "launcher/sealed_copy.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/descriptors.h"
#include "sys/io.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U  // Linux 6.3
#endif

namespace bryo {
namespace {

UniqueFd MakeProgramFile(const char* name) {
  UniqueFd file(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC));
  if (!file.valid() && errno == EINVAL) {
    file.reset(::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
  }
  return file;
}

Status Seal(int fd) {
  constexpr int kSeals = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
  return ::fcntl(fd, F_ADD_SEALS, kSeals) == 0 ? Status() : Status::Errno("seal the launcher");
}

}  // namespace

Status MakeSealedCopy(UniqueFd& out) {
  UniqueFd self(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  struct stat st {};
  if (!self.valid() || ::fstat(self.get(), &st) != 0) return Status::Errno("/proc/self/exe");
  UniqueFd copy = MakeProgramFile("bryo-launcher");
  if (!copy.valid()) return Status::Errno("memfd_create");
  off_t left = st.st_size;
  while (left > 0) {
    ssize_t n = ::sendfile(copy.get(), self.get(), nullptr, static_cast<size_t>(left));
    if (n <= 0) return Status::Errno("copy the launcher");
    left -= n;
  }
  Status sealed = Seal(copy.get());
  if (sealed.ok()) out = std::move(copy);
  return sealed;
}

Status MakeSealedProgram(const char* name, std::string_view bytes, UniqueFd& out) {
  UniqueFd file = MakeProgramFile(name);
  if (!file.valid()) return Status::Errno("memfd_create");
  if (!WriteFull(file.get(), bytes.data(), bytes.size())) return Status::Errno(name);
  Status sealed = Seal(file.get());
  if (sealed.ok()) out = std::move(file);
  return sealed;
}

void ExecSealed(int program, std::span<const int> fds, int first,
                std::span<const char* const> argv) {
  int end = first + static_cast<int>(fds.size());
  program = ::fcntl(program, F_DUPFD_CLOEXEC, end);
  if (program < 0) return;
  Renumber(fds, first);
  ::syscall(SYS_close_range, static_cast<unsigned>(end), static_cast<unsigned>(program - 1), 0);
  ::syscall(SYS_close_range, static_cast<unsigned>(program + 1), ~0U, 0);
  const char* const none[] = {nullptr};
  ::syscall(SYS_execveat, program, "", argv.data(), none, AT_EMPTY_PATH);
}

}  // namespace bryo
