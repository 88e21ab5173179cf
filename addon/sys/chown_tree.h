// Gives a whole tree to somebody.
#pragma once

#include <sys/types.h>

#include "sys/status.h"

namespace bryo {

// Changes the owner and group of the file or directory that a descriptor denotes and of all beneath
// it that is on the same mount. What is denoted changes last: a tree whose top has the owner
// already has been given before, and keeps what was made of it since. Whoever changes the tree
// meanwhile cannot lead it elsewhere: each entry is opened without following links, and what was
// opened is what changes. Links get the owner themselves. A tree deeper than 512 directories is an
// error (ELOOP).
Status ChownTree(int fd, uid_t uid, gid_t gid);

}  // namespace bryo
