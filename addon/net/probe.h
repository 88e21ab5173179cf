// Mode "net-probe": finds out what of the bridges' networks (holder.h) kernel and machine have, in
// namespaces of its own that nothing else is ever in.
#pragma once

namespace bryo {

// argv: as of mode "net" (holder.h). Answers on standard output: "ok" and a word for each part that
// is there, of those of BridgePart in src/network/bridge/probe.ts; or why there are no namespaces.
int NetProbeMain(int argc, char** argv);

}  // namespace bryo
