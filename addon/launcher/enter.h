// Mode "enter": a trusted program of the host as root of a container's user namespace.
#pragma once

namespace bryo {

// `enter --pid PID --start TICKS -- PROGRAM ARG…`: the program gets the container's root directory,
// with all that is mounted there, as descriptor 3. It stays in the host's own mount namespace: its
// libraries are the host's, and nothing of the container is run.
int EnterMain(int argc, char** argv);

}  // namespace bryo
