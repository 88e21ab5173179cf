#include "net/address.h"

#include <arpa/inet.h>

#include <cstdio>
#include <cstdlib>

namespace bryo {

bool ReadAddress(const std::string& text, NetworkAddress& out) {
  size_t slash = text.find('/');
  std::string address = text.substr(0, slash);
  out.family = address.find(':') == std::string::npos ? AF_INET : AF_INET6;
  if (::inet_pton(out.family, address.c_str(), out.bytes) != 1) return false;
  const long all = out.family == AF_INET ? 32 : 128;
  long bits = all;
  if (slash != std::string::npos) {
    char* end = nullptr;
    bits = std::strtol(text.c_str() + slash + 1, &end, 10);
    if (*end != '\0' || end == text.c_str() + slash + 1) return false;
  }
  out.bits = static_cast<uint8_t>(bits);
  return bits >= 0 && bits <= all;
}

bool ReadMac(const std::string& text, unsigned char out[6]) {
  int end = 0;
  int got = std::sscanf(text.c_str(), "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &out[0], &out[1],
                        &out[2], &out[3], &out[4], &out[5], &end);
  return got == 6 && static_cast<size_t>(end) == text.size();
}

}  // namespace bryo
