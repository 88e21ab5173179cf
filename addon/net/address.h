// Addresses of networks as their texts say them.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <string>

namespace bryo {

// An address of either family, and how many of its bits are the network's.
struct NetworkAddress {
  int family = AF_UNSPEC;
  unsigned char bytes[16] = {};
  uint8_t bits = 0;

  size_t size() const { return family == AF_INET ? 4 : 16; }
};

// Reads "ADDRESS/BITS"; without bits it is all of them.
bool ReadAddress(const std::string& text, NetworkAddress& out);

// Reads "xx:xx:xx:xx:xx:xx".
bool ReadMac(const std::string& text, unsigned char out[6]);

}  // namespace bryo
