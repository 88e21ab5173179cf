// Leaving the command that has started the launcher.
#pragma once

namespace bryo {

// A session of its own, whose orphans become its children, and no end by its caller's terminal or
// readers.
void LeaveCaller();

// Standard streams that belong to nobody.
void DetachStdio();

}  // namespace bryo
