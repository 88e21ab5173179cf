// The root filesystem of a container that runs, for whoever may not join its namespaces:
//
//   asks (in a session)                answers (a process with the rights of the session's caller)
//   pidfd of the container's process ──►  joins the mount namespace, clones the mount at its root
//   attaches it                      ◄──  a detached mount, or a message that says why not
#pragma once

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// Answers one request and ends the calling process, which must be a fresh child: it joins
// namespaces of a container.
[[noreturn]] void AnswerRootRequest(int connection);

// Asks on such a connection.
Status RequestRoot(int connection, int process, UniqueFd& mount);

// RequestRoot for a caller who has these rights and needs nobody: a child of its own answers.
Status RequestRootHere(int process, UniqueFd& mount);

}  // namespace bryo
