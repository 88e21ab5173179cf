// A command that is run once a process has ended, by whoever asks while that runs.
#pragma once

namespace bryo {

// Mode "await-end": `--lock FILE --target PID:TICKS -- PROGRAM WORD…`. Leaves a process behind that
// has a POSIX lock on the file until the other process has ended, and becomes the program then;
// nothing when somebody has that lock already. Returns once it waits.
int AwaitEndMain(int argc, char** argv);

}  // namespace bryo
