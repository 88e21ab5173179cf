// A sealed in-memory copy of this program.
#pragma once

#include <span>
#include <string_view>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// A container whose root is the caller's own id could open /proc/self/exe of the process that execs
// its payload and overwrite the program on disk (CVE-2019-5736). What runs there is a copy in a
// memfd that nobody can write.
Status MakeSealedCopy(UniqueFd& out);

// Seals a program that is there as bytes.
Status MakeSealedProgram(const char* name, std::string_view bytes, UniqueFd& out);

// Executes such a program with these arguments (ending in nullptr) and without any environment:
// what the caller's holds is no business of processes that a container can see. Descriptors from
// `first` on are `fds`; all others above are closed. Returns only when that fails.
void ExecSealed(int program, std::span<const int> fds, int first,
                std::span<const char* const> argv);

}  // namespace bryo
