// bryo: starts the program proper, bryo-js, which lies beside it.
//
// The JavaScript engine reads its settings from the environment before any JavaScript runs. Without
// its just-in-time compilers it starts a third faster, and no command runs long enough to miss
// them. With huge pages for its heap (THP, "madvise" being the kernels' usual mode) it takes half
// as many page faults, which are most of its start where a hypervisor makes them dear.
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <string>

#include "front/engine_environment.h"
#include "front/limits.h"
#include "front/stay.h"

namespace {

constexpr int kFailure = 125;
constexpr char kProgram[] = "bryo-js";

// A word that is no command's name but has its spelling costs a millisecond, no more.
bool MayAttach(char** words) {
  for (; *words != nullptr; ++words) {
    for (const char* verb : {"run", "exec", "start", "attach"}) {
      if (strcmp(*words, verb) == 0) return true;
    }
  }
  return false;
}

// The one answer that needs no JavaScript; bryo-oci and docker give another one.
bool AsksForVersion(int argc, char** argv) {
  const char* slash = strrchr(argv[0], '/');
  const char* name = slash == nullptr ? argv[0] : slash + 1;
  return argc == 2 && strcmp(name, "bryo") == 0 &&
         (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-v") == 0);
}

int PrintVersion() {
  bool printed = puts("bryo version " BRYO_VERSION) >= 0 && fflush(stdout) == 0;
  return printed ? 0 : kFailure;
}

int Fail(const char* what) {
  fprintf(stderr, "Error: %s\n", what);
  return kFailure;
}

int FailToStart(const char* path, int err) {
  const char* hint = "install bryo again with ./install.sh";
  if (err == EAGAIN)
    hint = "no further process may be started: see 'ulimit -u' and pids.max of the control group";
  if (err == ENOMEM) hint = "no memory is left";
  if (err == EMFILE || err == ENFILE) hint = "see 'ulimit -n'";
  fprintf(stderr, "Error: %s: %s (%s)\n", path, strerror(err), hint);
  return kFailure;
}

}  // namespace

int main(int argc, char** argv) {
  if (getauxval(AT_SECURE) != 0) {
    return Fail("bryo must not be installed setuid, setgid or with capabilities: it needs none");
  }
  bryo::OpenStandardStreams();
  if (argc > 0 && AsksForVersion(argc, argv)) return PrintVersion();
  char path[PATH_MAX + sizeof(kProgram)];
  if (getcwd(path, PATH_MAX) == nullptr && errno == ENOENT) {
    return Fail("the working directory has been removed: change to another one");
  }
  ssize_t size = readlink("/proc/self/exe", path, PATH_MAX);
  char* slash =
      size > 0 ? static_cast<char*>(memrchr(path, '/', static_cast<size_t>(size))) : nullptr;
  if (slash == nullptr) return Fail("/proc is not mounted");
  if (std::string missing = bryo::MissingResource(); !missing.empty()) return Fail(missing.c_str());
  bryo::SetEngineEnvironment(std::string(path, slash + 1));
  memcpy(slash + 1, kProgram, sizeof(kProgram));
  int exit_code = kFailure;
  if (argc > 1 && MayAttach(argv + 1)) {
    if (bryo::StayInFront(path, argv, exit_code)) return exit_code;
  } else {
    execv(path, argv);
  }
  return FailToStart(path, errno);
}
