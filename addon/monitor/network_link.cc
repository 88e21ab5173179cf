#include "monitor/network_link.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {
namespace {

constexpr size_t kShortId = 12;

std::string LinkName(const std::string& directory) {
  return kNetworkLinkPrefix + directory.substr(directory.rfind('/') + 1, kShortId);
}

UniqueFd OpenLinks(const std::string& directory) {
  std::string path = directory + "/" + kNetworkLinks;
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

}  // namespace

void LinkNetwork(const std::string& directory, pid_t payload) {
  if (directory.empty()) return;
  ::mkdir((directory + "/" + kNetworkLinks).c_str(), 0700);
  UniqueFd links = OpenLinks(directory);
  if (!links.valid()) return;
  std::string target = "/proc/" + std::to_string(payload) + "/ns/net";
  std::string name = LinkName(directory);
  ::unlinkat(links.get(), name.c_str(), 0);
  int made = ::symlinkat(target.c_str(), links.get(), name.c_str());
  (void)made;
}

void UnlinkNetwork(const std::string& directory) {
  UniqueFd links = directory.empty() ? UniqueFd() : OpenLinks(directory);
  if (!links.valid()) return;
  ::unlinkat(links.get(), LinkName(directory).c_str(), 0);
  ::rmdir((directory + "/" + kNetworkLinks).c_str());
}

}  // namespace bryo
