// The architecture that filters of system calls compare seccomp_data.arch with (seccomp(2)): the
// numbers of calls mean something else on another architecture that the kernel serves, too.
#pragma once

#include <linux/audit.h>

#include <cstdint>

namespace bryo {

#if defined(__x86_64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_AARCH64;
#elif defined(__riscv) && __riscv_xlen == 64
inline constexpr uint32_t kAuditArchitecture = AUDIT_ARCH_RISCV64;
#else
#error "filters of system calls do not know this architecture"
#endif

}  // namespace bryo
