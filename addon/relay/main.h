// Mode "relay": UDP ports of the host for a container, whose network helper cannot be asked for
// them from the host itself (slirp4netns refuses answers to its own gateway, the host's loopback).
#pragma once

namespace bryo {

// Descriptors of the relay: its ports as numbers of 32 bits (the container's address, then host
// address, host port and container port of each), and where it reports.
inline constexpr int kRelayPortsFd = 3;
inline constexpr int kRelayReportFd = 4;

// argv: PAYLOAD PARENT, both pids. Closes the report once it relays, or writes "ERRNO TEXT" to it.
// Ends with the payload, with its parent, or by a signal.
int RelayMain(int argc, char** argv);

}  // namespace bryo
