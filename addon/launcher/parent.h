// The launcher's parent: starts the stage, maps ids, starts the network helper, becomes the
// monitor.
#pragma once

namespace bryo {

// Mode "run": run_arguments.h has its arguments and descriptors, report.h what it tells of the
// start.
int RunMain(int argc, char** argv);

}  // namespace bryo
