#include "relay/port_list.h"

#include <arpa/inet.h>

#include "sys/contract.gen.h"

namespace bryo {

bool ReadPortList(const std::vector<uint32_t>& numbers, RelayTarget& target,
                  std::vector<RelayPort>& ports) {
  if (numbers.size() <= 2 || (numbers.size() - 2) % kRelayPortNumbers != 0) return false;
  target.container.s_addr = htonl(numbers[0]);
  target.stand_in.s_addr = htonl(numbers[1]);
  ports.reserve((numbers.size() - 2) / kRelayPortNumbers);
  for (const uint32_t* at = &numbers[2]; at < numbers.data() + numbers.size();
       at += kRelayPortNumbers) {
    RelayPort& port = ports.emplace_back();
    port.protocol = static_cast<int>(at[0]);
    for (int word = 0; word < 4; ++word) port.host.s6_addr32[word] = htonl(at[1 + word]);
    port.host_port = static_cast<uint16_t>(at[5]);
    port.container_port = static_cast<uint16_t>(at[6]);
  }
  return true;
}

}  // namespace bryo
