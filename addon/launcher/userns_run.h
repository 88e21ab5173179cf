// `bryo-launcher userns`: runs a trusted program as root of a fresh user and mount namespace.
#pragma once

namespace bryo {

// argv: --uids A:B:N[,…] --gids A:B:N[,…] [--direct] -- PROGRAM [ARG…]
// Stdio is the caller's. Returns the program's exit status (128+n when a signal ended it).
int UsernsRunMain(int argc, char** argv);

}  // namespace bryo
