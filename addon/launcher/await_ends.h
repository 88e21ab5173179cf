// A command that is run once several processes have ended, or an end is wanted.
#pragma once

namespace bryo {

// Mode "await-ends": `PID:TICKS… -- PROGRAM WORD…`. Waits until all of the processes have ended and
// becomes the program then; on SIGINT or SIGTERM at once, with the word --interrupted after its
// own. Needs a tenth of the memory of a program that could do so itself.
int AwaitEndsMain(int argc, char** argv);

}  // namespace bryo
