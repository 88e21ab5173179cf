// Mode "api" of the launcher: the native part of `bryo system service`.
#pragma once

namespace bryo {

// Arguments: api/options.h. Returns the exit status.
int ApiMain(int argc, char** argv);

}  // namespace bryo
