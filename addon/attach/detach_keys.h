// The key sequence that ends an attach client without ending the container.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bryo {

class DetachKeys {
 public:
  // Comma-separated keys: one character, or ctrl- with one of a-z @ [ \ ] ^ _ (podman-run(1)
  // --detach-keys). Empty: never matches. False when it cannot be read that way.
  bool Parse(std::string_view text);

  // Passes input on through `out`, holding back what may be the beginning of the sequence. True
  // when the sequence is complete; what follows it is thrown away.
  bool Filter(const char* data, size_t size, std::string& out);

 private:
  std::string keys_;
  size_t matched_ = 0;
};

}  // namespace bryo
