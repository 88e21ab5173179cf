// Messages that carry descriptors (unix(7), SCM_RIGHTS).
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <span>
#include <vector>

#include "sys/fd.h"

namespace bryo {

// Of one message, by the kernel (SCM_MAX_FD).
inline constexpr size_t kMaxDescriptors = 253;

// A connected pair that keeps the bounds of messages; both are closed on exec. False: see errno.
bool SeqpacketPair(UniqueFd& ours, UniqueFd& theirs);

// Returns what sendmsg(2) does; a peer that is gone is an error, not a signal.
ssize_t SendDescriptors(int socket, const void* data, size_t size, std::span<const int> fds);

// Returns what recvmsg(2) does. Received descriptors are closed on exec.
ssize_t ReceiveDescriptors(int socket, void* data, size_t size, std::vector<UniqueFd>& fds);

// The numbers of the descriptors, which are the caller's to close from here on.
std::vector<int> ReleaseAll(std::vector<UniqueFd>& fds);

// Gives the descriptors the numbers from `first` on, also where those are taken by others of them:
// each is moved out of the way before. What had such a number is closed; the old ones stay open.
void Renumber(std::span<const int> fds, int first);

// Closes all from 3 on but these.
void CloseAllBut(std::vector<int> keep);

}  // namespace bryo
