#include "relay/port_list.h"

#include <arpa/inet.h>

#include <iterator>

#include "sys/contract.gen.h"

namespace bryo {
namespace {

constexpr size_t kAddressNumbers = 4;
static_assert(kRelayNetworkNumbers == kAddressNumbers + 1);

in6_addr ReadAddressNumbers(const uint32_t* numbers) {
  in6_addr address{};
  for (size_t word = 0; word < kAddressNumbers; ++word) {
    address.s6_addr32[word] = htonl(numbers[word]);
  }
  return address;
}

}  // namespace

bool ReadPortList(const std::vector<uint32_t>& numbers, RelayTarget& target,
                  std::vector<RelayPort>& ports) {
  in6_addr* const own[] = {&target.ipv4.container, &target.ipv4.stand_in, &target.ipv6.container,
                           &target.ipv6.stand_in};
  constexpr size_t kHead = std::size(own) * kAddressNumbers + 1;
  if (numbers.size() <= kHead || numbers[kHead - 1] > kMostNeighbours) return false;
  size_t first = kHead + kRelayNetworkNumbers * size_t{numbers[kHead - 1]};
  if (numbers.size() <= first || (numbers.size() - first) % kRelayPortNumbers != 0) return false;
  const uint32_t* at = numbers.data();
  for (in6_addr* address : own) {
    *address = ReadAddressNumbers(at);
    at += kAddressNumbers;
  }
  for (at += 1; at < &numbers[first]; at += kRelayNetworkNumbers) {
    target.neighbours.push_back(
        {ReadAddressNumbers(at), static_cast<uint8_t>(at[kAddressNumbers])});
  }
  ports.reserve((numbers.size() - first) / kRelayPortNumbers);
  for (; at < numbers.data() + numbers.size(); at += kRelayPortNumbers) {
    RelayPort& port = ports.emplace_back();
    port.protocol = static_cast<int>(at[0]);
    port.source = static_cast<RelayPort::Source>(at[1]);
    port.host = ReadAddressNumbers(at + 2);
    port.host_port = static_cast<uint16_t>(at[6]);
    port.container_port = static_cast<uint16_t>(at[7]);
  }
  return true;
}

}  // namespace bryo
