// bryo-pause: all that runs in the process that holds a pod's namespaces. It reaps what is left to it
// (it may be process 1 of the pod) and ends when it is told to.
//
// Freestanding, without a C library: a few kilobytes, of which a pod keeps some pages in memory. The
// launcher carries it in itself and starts it from a sealed copy.
#include <linux/prctl.h>
#include <sys/syscall.h>

namespace {

constexpr long kSigSetMask = 2;
constexpr long kSigInt = 2;
constexpr long kSigTerm = 15;
constexpr long kNoHang = 1;
constexpr long kAnyChild = -1;
constexpr unsigned long kAllSignals = ~0UL;

#if defined(__x86_64__)
long Call(long number, long a, long b = 0, long c = 0, long d = 0) {
  long result;
  register long r10 asm("r10") = d;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
long Call(long number, long a, long b = 0, long c = 0, long d = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#else
#error "bryo-pause knows x86-64 and arm64"
#endif

}  // namespace

extern "C" [[noreturn]] void _start() {
  const char name[] = "bryo-pause";
  const unsigned long all = kAllSignals;
  Call(SYS_prctl, PR_SET_NAME, reinterpret_cast<long>(name));
  Call(SYS_rt_sigprocmask, kSigSetMask, reinterpret_cast<long>(&all), 0, sizeof(all));
  for (long fd = 0; fd < 3; ++fd) Call(SYS_close, fd);
  for (;;) {
    while (Call(SYS_wait4, kAnyChild, 0, kNoHang) > 0) {
    }
    long number = Call(SYS_rt_sigtimedwait, reinterpret_cast<long>(&all), 0, 0, sizeof(all));
    if (number == kSigTerm || number == kSigInt) {
      for (;;) Call(SYS_exit_group, 0);
    }
  }
}
