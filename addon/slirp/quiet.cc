// Loaded into slirp4netns with LD_PRELOAD: once nothing has happened for a while, the process gives
// back the pages of its programs and libraries that it can read from their files again. Starting up
// touches two thirds of a megabyte of glib alone, and an idle container's helper needs hardly any
// of it. slirp4netns waits in one place only, poll(2) (through glib), so that is where quiet is
// noticed: no thread, timer or signal is added to a program that is not ours.
//
// It also bars the process to others from the start. slirp4netns enters the container's user
// namespace, where the container's root could trace it (ptrace(2)) wherever it sees it, as with
// --pid host, and would have the host's network.
#include <elf.h>
#include <link.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr int kQuietMilliseconds = 1000;
constexpr uintptr_t kPage = 4096;

// Relocations in a text segment would be lost with its pages.
bool HasTextRelocations(const dl_phdr_info& object) {
  for (int at = 0; at < object.dlpi_phnum; ++at) {
    const ElfW(Phdr)& header = object.dlpi_phdr[at];
    if (header.p_type != PT_DYNAMIC) continue;
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the loader tells addresses as numbers.
    const auto* entry = reinterpret_cast<const ElfW(Dyn)*>(object.dlpi_addr + header.p_vaddr);
    for (; entry->d_tag != DT_NULL; ++entry) {
      if (entry->d_tag == DT_TEXTREL) return true;
      if (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL) != 0) return true;
    }
  }
  return false;
}

int ReleaseObject(dl_phdr_info* object, size_t, void*) {
  if (HasTextRelocations(*object)) return 0;
  for (int at = 0; at < object->dlpi_phnum; ++at) {
    const ElfW(Phdr)& header = object->dlpi_phdr[at];
    if (header.p_type != PT_LOAD || (header.p_flags & PF_W) != 0) continue;
    uintptr_t start = (object->dlpi_addr + header.p_vaddr) & ~(kPage - 1);
    uintptr_t end =
        (object->dlpi_addr + header.p_vaddr + header.p_memsz + kPage - 1) & ~(kPage - 1);
    // A segment is never written to, so what is dropped is read from the file again (madvise(2),
    // MADV_DONTNEED). NOLINTNEXTLINE(performance-no-int-to-ptr): as above.
    ::madvise(reinterpret_cast<void*>(start), end - start, MADV_DONTNEED);
  }
  return 0;
}

int Poll(pollfd* entries, nfds_t count, int milliseconds) {
  timespec time{milliseconds / 1000, milliseconds % 1000 * 1'000'000L};
  return static_cast<int>(
      ::syscall(SYS_ppoll, entries, count, milliseconds < 0 ? nullptr : &time, nullptr, 0));
}

int g_quiet_milliseconds = 0;

__attribute__((constructor)) void Bar() { ::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); }

}  // namespace

// Replaces libc's for the whole process; the same in every respect but what happens meanwhile.
extern "C" __attribute__((visibility("default"))) int poll(pollfd* entries, nfds_t count,
                                                           int milliseconds) {
  bool released = g_quiet_milliseconds >= kQuietMilliseconds;
  int remaining = milliseconds;
  if (!released) {
    int until_quiet = kQuietMilliseconds - g_quiet_milliseconds;
    int first = milliseconds < 0 || milliseconds > until_quiet ? until_quiet : milliseconds;
    int result = Poll(entries, count, first);
    if (result != 0) {
      g_quiet_milliseconds = 0;
      return result;
    }
    g_quiet_milliseconds += first;
    if (g_quiet_milliseconds >= kQuietMilliseconds) ::dl_iterate_phdr(ReleaseObject, nullptr);
    if (milliseconds == first) return 0;
    if (milliseconds > 0) remaining -= first;
  }
  int result = Poll(entries, count, remaining);
  if (result != 0) g_quiet_milliseconds = 0;
  return result;
}
