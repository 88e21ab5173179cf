// Packets at the device of the gate: any bytes. An answer is one that goes back to the asker.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <optional>

#include "net/gate_packet.h"
#include "net/gate_reach.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  bryo::gate::Bytes packet(data, size);
  std::optional<bryo::gate::Opening> opening = bryo::gate::ReadOpening(packet);
  if (!opening) return 0;
  (void)bryo::gate::MayReach(opening->ends.server);
  // Neither a reset nor a message of the network asks for a connection.
  if (bryo::gate::ReadOpening(bryo::gate::WriteReset(*opening))) std::abort();
  for (bool network : {false, true}) {
    auto message = bryo::gate::WriteUnreachable(*opening, packet, network);
    if (bryo::gate::ReadOpening(message) || message.size() > size + 48) std::abort();
  }
  return 0;
}
