// The worker's subcommands. Each returns an exit status; errors are one line on standard error.
#pragma once

namespace bryo {

int UnpackCommand(int argc, char** argv);
int RemoveCommand(int argc, char** argv);
int MergeCommand(int argc, char** argv);
int UsageCommand(int argc, char** argv);
// A directory as a gzip-compressed layer on standard output.
int PackCommand(int argc, char** argv);
// What an upper layer changes in those below.
int ChangesCommand(int argc, char** argv);
// Standard input, plain or compressed, as plain bytes on standard output.
int PlainCommand(int argc, char** argv);

}  // namespace bryo
