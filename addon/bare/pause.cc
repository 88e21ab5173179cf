// bryo-pause: all that runs in the process that holds a pod's namespaces. It reaps what is left to
// it (it may be process 1 of the pod) and ends when it is told to.
#include <linux/prctl.h>

#include "bare/call.h"

namespace {

constexpr long kSigInt = 2;
constexpr long kSigTerm = 15;

}  // namespace

BARE_START;

extern "C" [[noreturn]] void Main(char**) {
  const char name[] = "bryo-pause";
  bare::Call(SYS_prctl, PR_SET_NAME, reinterpret_cast<long>(name));
  bare::BlockSignals();
  bare::CloseStandardStreams();
  for (;;) {
    int status = 0;
    while (bare::Reap(status) > 0) {
    }
    long number = bare::NextSignal();
    if (number == kSigTerm || number == kSigInt) bare::Exit(0);
  }
}
