// System calls and the start of a program without a C library: some kilobytes, of which a process
// that stays in a container for long keeps only a few pages in memory.
#pragma once

#include <sys/syscall.h>

namespace bare {

inline constexpr long kSigSetMask = 2;  // SIG_SETMASK of the kernel
inline constexpr long kNoHang = 1;      // WNOHANG
inline constexpr long kAnyChild = -1;
inline constexpr unsigned long kAllSignals = ~0UL;

#if defined(__x86_64__)
inline long Call(long number, long a, long b = 0, long c = 0, long d = 0) {
  long result;
  register long r10 asm("r10") = d;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10)
               : "rcx", "r11", "memory");
  return result;
}
#elif defined(__aarch64__)
inline long Call(long number, long a, long b = 0, long c = 0, long d = 0) {
  register long x8 asm("x8") = number;
  register long x0 asm("x0") = a;
  register long x1 asm("x1") = b;
  register long x2 asm("x2") = c;
  register long x3 asm("x3") = d;
  asm volatile("svc 0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3) : "memory");
  return x0;
}
#else
#error "programs without a C library know x86-64 and arm64"
#endif

[[noreturn]] inline void Exit(int status) {
  for (;;) Call(SYS_exit_group, status);
}

// Blocks every signal; NextSignal takes them.
inline void BlockSignals() {
  const unsigned long all = kAllSignals;
  Call(SYS_rt_sigprocmask, kSigSetMask, reinterpret_cast<long>(&all), 0, sizeof(all));
}

// Waits for a signal; its number, or an error below zero.
inline long NextSignal() {
  const unsigned long all = kAllSignals;
  return Call(SYS_rt_sigtimedwait, reinterpret_cast<long>(&all), 0, 0, sizeof(all));
}

// The pid of a child that has ended, with its wait status; 0 or less when there is none.
inline long Reap(int& status) {
  return Call(SYS_wait4, kAnyChild, reinterpret_cast<long>(&status), kNoHang);
}

inline void CloseStandardStreams() {
  for (long fd = 0; fd < 3; ++fd) Call(SYS_close, fd);
}

}  // namespace bare

// The program: `words` are its arguments, ended by a null pointer.
extern "C" [[noreturn]] void Main(char** words);

// The kernel leaves the number of arguments and then their addresses on the stack.
#if defined(__x86_64__)
#define BARE_START \
  asm(".global _start\n_start:\n  lea 8(%rsp), %rdi\n  and $-16, %rsp\n  call Main\n")
#else
#define BARE_START asm(".global _start\n_start:\n  add x0, sp, #8\n  bl Main\n")
#endif
