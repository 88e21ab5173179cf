// Loaded into bryo-js with LD_PRELOAD: when the JavaScript engine cannot go on, the user is told so
// in one line instead of its pages about a crash. It needs threads for files and processes and for
// its heap, and where none may be started it waits for ever or aborts.
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "front/engine_environment.h"

namespace {

constexpr int kEngineError = 125;

// A thread that another process of the user's has just ended may be free in a moment.
constexpr int kTries = 20;
constexpr timespec kBetweenTries{0, 5'000'000};

constexpr char kNoThread[] =
    "Error: cannot start a thread: the limit of processes or of memory is reached "
    "(see 'ulimit -a' and pids.max and memory.max of the control group)\n";
constexpr char kCrashed[] =
    "Error: the JavaScript engine has crashed: no memory is left, or it is a defect of bryo "
    "(see 'ulimit -a' and memory.max of the control group)\n";

int g_told = 0;

[[noreturn]] void End(const char* line, size_t size) {
  // Of several threads that meet the same only one speaks; the others wait for the end.
  if (__atomic_exchange_n(&g_told, 1, __ATOMIC_SEQ_CST) != 0) {
    for (;;) ::pause();
  }
  [[maybe_unused]] ssize_t written = ::write(STDERR_FILENO, line, size);
  ::_exit(kEngineError);
}

void EndAfterCrash(int) { End(kCrashed, sizeof(kCrashed) - 1); }

bool IsCrash(int number) {
  return number == SIGSEGV || number == SIGBUS || number == SIGILL || number == SIGFPE ||
         number == SIGTRAP || number == SIGABRT;
}

template <typename Function>
Function* Original(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// The front has put values in place of the caller's, which programs started from here get back.
__attribute__((constructor)) void RestoreEnvironment() {
  const char* own = ::getenv(bryo::kPreloadVariable);
  if (own == nullptr) {
    ::unsetenv("LD_PRELOAD");
    return;
  }
  ::setenv("LD_PRELOAD", own, 1);
  ::unsetenv(bryo::kPreloadVariable);
}

}  // namespace

#define REPLACES_LIBC extern "C" __attribute__((visibility("default")))

REPLACES_LIBC int pthread_create(pthread_t* thread, const pthread_attr_t* attributes,
                                 void* (*start)(void*), void* argument) {
  static auto* const original = Original<decltype(pthread_create)>("pthread_create");
  for (int tries = 0; tries < kTries; ++tries) {
    int error = original(thread, attributes, start, argument);
    if (error != EAGAIN) return error;
    ::nanosleep(&kBetweenTries, nullptr);
  }
  End(kNoThread, sizeof(kNoThread) - 1);
}

// The engine's handlers print its report.
REPLACES_LIBC int sigaction(int number, const struct sigaction* action,
                            struct sigaction* previous) noexcept {
  static auto* const original = Original<decltype(sigaction)>("sigaction");
  if (action == nullptr || !IsCrash(number)) return original(number, action, previous);
  struct sigaction own {};
  own.sa_handler = EndAfterCrash;
  own.sa_flags = SA_ONSTACK;
  return original(number, &own, previous);
}

REPLACES_LIBC void abort() noexcept {
  EndAfterCrash(SIGABRT);
  __builtin_unreachable();
}
