// Mode "net": bryo-net, the process that holds the namespaces of a user's bridges while there are
// containers on them: a user namespace, which those of the containers are below, and its network
// namespace with the bridges, whose way out is slirp4netns.
//
//   host ──── slirp4netns ──── tap0 ┤ bridges' network namespace ├ bridge ──── veth ┤ container
//
// Its main thread is in the host's network namespace. Starters find it by the lock on "lock" in
// its directory and take the namespaces from its descriptors; monitors keep those open, so that
// containers go on reaching each other when it is killed, and one of them starts another holder.
#pragma once

namespace bryo {

// Descriptors of a holder: where it reports (users.h says how it ends), its namespaces. A holder
// that is started with "--given" has the latter already.
inline constexpr int kHolderReportFd = 3;
inline constexpr int kHolderUsersFd = 4;
inline constexpr int kHolderNetworkFd = 5;

// argv: --directory DIR --uids EXTENTS --gids EXTENTS [--direct] [--given] [--nft PROGRAM]
// [--preload LIBRARY] -- SLIRP4NETNS WORD…. Reports "ok" and what the firewall is, or why there
// are no bridges; then it stays until a second after the last user.
int NetHolderMain(int argc, char** argv);

}  // namespace bryo
