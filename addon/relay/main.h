// Mode "relay": ports of the host for a container whose network helper forwards none of them.
#pragma once

namespace bryo {

// Descriptors of the relay: its ports (port_list.h), and where it reports.
inline constexpr int kRelayPortsFd = 3;
inline constexpr int kRelayReportFd = 4;
// From here on: sockets of the host that its caller has bound.
inline constexpr int kRelayFirstGivenFd = 5;

// argv: PAYLOAD NETWORK PARENT, all pids; NETWORK is seen to be in the network of the payload.
// Closes the report once it relays, or writes "ERRNO TEXT" to it. Ends with the payload, with its
// parent, or by a signal.
int RelayMain(int argc, char** argv);

}  // namespace bryo
