#include "sys/call_filter.h"

#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sys/audit_architecture.h"

namespace bryo {
namespace {

constexpr uint32_t kOtherNumbers = 0x40000000;  // x32: the same architecture, other numbers

constexpr uint32_t Failing(int error) { return SECCOMP_RET_ERRNO | static_cast<uint32_t>(error); }

}  // namespace

CallFilter::CallFilter() {
  Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, arch)));
  Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kAuditArchitecture, 1, 0));
  Return(SECCOMP_RET_KILL_PROCESS);
  Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)));
#if defined(__x86_64__)
  Add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, kOtherNumbers, 0, 1));
  Return(SECCOMP_RET_KILL_PROCESS);
#endif
}

void CallFilter::Return(uint32_t verdict) { Add(BPF_STMT(BPF_RET | BPF_K, verdict)); }

void CallFilter::Judge(std::span<const long> numbers, uint32_t verdict) {
  for (long number : numbers) {
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, 1));
    Return(verdict);
  }
}

void CallFilter::Allow(std::span<const long> numbers) { Judge(numbers, SECCOMP_RET_ALLOW); }

void CallFilter::Refuse(std::span<const long> numbers, int error) {
  Judge(numbers, Failing(error));
}

void CallFilter::AllowWhen(std::span<const CallCondition> conditions) {
  for (const CallCondition& when : conditions) {
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(when.number), 0, 5));
    Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(when.argument)));
    Add(BPF_STMT(BPF_ALU | BPF_AND | BPF_K, when.mask));
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, when.value, 0, 1));
    Return(SECCOMP_RET_ALLOW);
    Return(Failing(EPERM));
  }
}

void CallFilter::AllowOneOf(long number, uint32_t argument, std::span<const uint32_t> values) {
  const auto length = static_cast<uint8_t>(2 * values.size() + 2);
  Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<uint32_t>(number), 0, length));
  Add(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, PlaceOfArgument(argument)));
  for (uint32_t value : values) {
    Add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, 1));
    Return(SECCOMP_RET_ALLOW);
  }
  Return(Failing(EPERM));
}

void CallFilter::Add(std::span<const sock_filter> steps) {
  steps_.insert(steps_.end(), steps.begin(), steps.end());
}

Status CallFilter::InstallAllowing() { return Install(SECCOMP_RET_ALLOW); }

Status CallFilter::InstallRefusing(int error) { return Install(Failing(error)); }

Status CallFilter::Install(uint32_t verdict_of_others) {
  Return(verdict_of_others);
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return Status::Errno("no new privileges");
  const sock_fprog program{static_cast<unsigned short>(steps_.size()), steps_.data()};
  if (::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) != 0) {
    return Status::Errno("cannot filter system calls");
  }
  return {};
}

}  // namespace bryo
