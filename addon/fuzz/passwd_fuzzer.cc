// An image's passwd and group files, and the user asked for: three texts parted by NUL bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sys/passwd.h"

namespace {

std::string_view TakeText(std::string_view& rest) {
  size_t end = rest.find('\0');
  std::string_view text = rest.substr(0, end);
  rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::string user(TakeText(rest));
  std::string_view passwd = TakeText(rest);
  bryo::Identity identity;
  bryo::Status status = bryo::ResolveIdentityFrom(passwd, rest, user, {}, identity);
  // A number given is the id that comes out, or nothing does.
  bool digits =
      !user.empty() && user.size() < 10 && user.find_first_not_of("0123456789") == user.npos;
  if (status.ok() && digits && identity.uid != std::strtoul(user.c_str(), nullptr, 10))
    std::abort();
  return 0;
}
