#include "relay/port_list.h"

#include <arpa/inet.h>

#include "sys/contract.gen.h"

namespace bryo {

bool ReadPortList(const std::vector<uint32_t>& numbers, RelayTarget& target,
                  std::vector<RelayPort>& ports) {
  constexpr size_t kHead = 3;
  if (numbers.size() <= kHead || numbers[2] > kMostNeighbours) return false;
  size_t first = kHead + 2 * size_t{numbers[2]};
  if (numbers.size() <= first || (numbers.size() - first) % kRelayPortNumbers != 0) return false;
  target.container.s_addr = htonl(numbers[0]);
  target.stand_in.s_addr = htonl(numbers[1]);
  for (size_t i = kHead; i < first; i += 2) {
    target.neighbours.push_back({htonl(numbers[i]), static_cast<uint8_t>(numbers[i + 1])});
  }
  ports.reserve((numbers.size() - first) / kRelayPortNumbers);
  for (const uint32_t* at = &numbers[first]; at < numbers.data() + numbers.size();
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
