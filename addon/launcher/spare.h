// Mode "spare": a launcher that is started before there is anything to launch.
#pragma once

namespace bryo {

// Makes ready what every launch needs, its stage included, and waits on descriptor 3, a
// SOCK_SEQPACKET socket, for one message: the arguments of mode "run", each ended by a NUL, and its
// descriptors from 3 on (run_arguments.h). Ends quietly when the other end is closed without a
// word.
int SpareMain(int argc, char** argv);

}  // namespace bryo
