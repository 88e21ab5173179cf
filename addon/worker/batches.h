// A subcommand with many words.
#pragma once

namespace bryo {

// So many words at a time, for each takes descriptors, and each time in a process of its own, for
// the next words could not be opened from within what the last ones were confined to. A single
// batch is this process's own. Returns the largest exit status; `first` says which word a batch
// begins with.
int RunInBatches(int argc, char** argv, int (*run)(int argc, char** argv, bool first));

}  // namespace bryo
