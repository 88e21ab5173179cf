// The launcher's parent: starts the stage, maps ids, starts the network helper, becomes the monitor.
#pragma once

namespace bryo {

// argv: [--client]. Descriptors: 3 the plan, 4 the status pipe, 5 the first attach client.
//
// What it writes to the status pipe: "started PID\n" with one "phase NAME NANOSECONDS\n" line per
// phase (CLOCK_MONOTONIC), or "failed STEP ERRNO TEXT\n" where STEP is the index of a plan record
// or -1.
int RunMain(int argc, char** argv);

}  // namespace bryo
