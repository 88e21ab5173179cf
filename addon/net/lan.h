// Mode "lan": bryo-lan, which joins a device of this machine that an administrator has handed over
// to the user with a device in the bridges' network, on which macvlans of containers are made:
//
//   LAN ──── tap or macvtap ──── bryo-lan ──── tap ┤ bridges' network ├ macvlan ──── container
//
// It is two processes, of which one carries the frames and the other one watches it: whichever is
// killed, the other one starts another. They end with the last user (users.h).
#pragma once

namespace bryo {

// Descriptors: the bridges' namespaces (holder.h).
inline constexpr int kLanUsersFd = 3;
inline constexpr int kLanNetworkFd = 4;

// argv: --directory DIR --device NAME [--file PATH] --name NAME --mtu BYTES [--mac MAC]. `file` is
// the macvtap's; without one the device is a tap. `name` and `mac` are those of the device in the
// bridges' network. Says "ok" on standard output once frames are carried, or why they are not.
int LanMain(int argc, char** argv);

}  // namespace bryo
