// Modes "connect" and "disconnect": networks of a container that runs already. Mode
// "remove-bridge": a network that is removed.
#pragma once

namespace bryo {

// Descriptors of all: the bridges' namespaces (holder.h). "connect" has the plan's record
// `attachment`, too, and from the next number on leases.
inline constexpr int kConnectUsersFd = 3;
inline constexpr int kConnectNetworkFd = 4;
inline constexpr int kConnectRecordsFd = 5;

// argv: --target PID:TICKS. Writes "ok" to standard output once the container is connected, else
// why it is not; then it keeps the leases until the interface has gone.
int ConnectMain(int argc, char** argv);

// argv: --target PID:TICKS --interface NAME.
int DisconnectMain(int argc, char** argv);

// argv: --bridge NAME. A bridge that is not there is removed.
int RemoveBridgeMain(int argc, char** argv);

}  // namespace bryo
