// The worker's subcommands. Each returns an exit status; errors are one line on standard error.
#pragma once

namespace bryo {

int UnpackCommand(int argc, char** argv);
int RemoveCommand(int argc, char** argv);
int MergeCommand(int argc, char** argv);
int UsageCommand(int argc, char** argv);

}  // namespace bryo
