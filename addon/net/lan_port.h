// Mode "lan-port": a device in the bridges' network that is a port of a bridge of this machine, on
// which macvlans of containers are made:
//
//   bridge of this machine ┤ pair of interfaces ├ bridges' network ├ macvlan ──── container
//
// The helper lxc-user-nic(1) makes it, which is setuid and asks lxc-usernet(5) whether the user
// may. The kernel carries the frames, and the device goes with the bridges' network: no process
// stays.
#pragma once

namespace bryo {

// Descriptors: the bridges' namespaces (holder.h).
inline constexpr int kLanPortUsersFd = 3;
inline constexpr int kLanPortNetworkFd = 4;

// argv: --directory DIR --helper PATH --bridge NAME --name NAME --mtu BYTES. `name` is the device's
// in the bridges' network. One that is there is kept, unless its other end is no port of the bridge
// any more, as when the bridge was made anew. Says "ok" on standard output, or what is wrong.
int LanPortMain(int argc, char** argv);

}  // namespace bryo
