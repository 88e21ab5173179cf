// Mode "notify": hands on to a service manager that a runtime's container is ready, for which
// nobody stays who would hear it.
#pragma once

namespace bryo {

// --directory D: where the socket is made that the payload tells, --address A: the manager's
// socket,
// --pid P: the payload. A byte on standard output says that the socket is there. Ends once the
// payload is ready, or has ended.
int NotifyRelayMain(int argc, char** argv);

}  // namespace bryo
