// The process that stays in the caller's own namespaces while a session of `bryo unshare` runs, and
// answers requests from it (launcher/running_root.h). Its socket lies in a filesystem that is
// mounted in the session only: no container can reach it, and it goes with the session, however
// that ends.
#pragma once

#include <sys/types.h>

#include <string>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Within the session: mounts that filesystem on the directory and listens in there.
Status OpenSessionSocket(const std::string& directory, UniqueFd& listener);

// Serves the session's root, who is `owner` outside of it, until the program ends: its wait status,
// or -1.
int ServeSession(int listener, uid_t owner, pid_t program);

// Within the session: a connection to that server.
Status ConnectToSession(const std::string& directory, UniqueFd& connection);

}  // namespace bryo
