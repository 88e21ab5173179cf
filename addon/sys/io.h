// Whole reads and writes that ride out EINTR and short counts.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <string>
#include <string_view>

namespace bryo {

// Reads exactly `size` bytes; false on error or early end of file.
bool ReadFull(int fd, void* buffer, size_t size);

// Writes everything; false on error.
bool WriteFull(int fd, const void* buffer, size_t size);

// Gives a pipe room for a megabyte, if that may be: who writes and who reads it wait less often for
// each other. Of what is no pipe nothing comes.
void WidenPipe(int fd);

// Reads up to `limit` bytes of a file (such as one in /proc); false on error or when it is longer.
bool ReadAll(int fd, size_t limit, std::string& out);

// Opens, writes once and closes: for files whose write(2) is the operation (proc, sysctl).
bool WriteFileAt(int dirfd, const char* path, std::string_view content);

// waitpid(2) that rides out EINTR; the wait status, or -1.
int WaitFor(pid_t pid);

// Field 22 of /proc/PID/stat: the start time in clock ticks since boot; 0 when it cannot be read.
unsigned long long ProcessStartTicks(pid_t pid);

}  // namespace bryo
