#include "net/lease_files.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/records.h"
#include "net/address.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kLongestLease = 256;
// The container may write to its file, too: what is longer is left as it is.
constexpr size_t kLongestHosts = size_t{1} << 20;

// An address of IPv4 as texts of it are compared; empty: the text is none.
std::string Normal(const std::string& text) {
  NetworkAddress address;
  char normal[INET_ADDRSTRLEN];
  if (!ReadAddress(text, address) || address.family != AF_INET) return "";
  return ::inet_ntop(AF_INET, address.bytes, normal, sizeof(normal)) == nullptr ? "" : normal;
}

// The address that the files have said so far.
std::string FormerAddress(const LeaseFiles& files, const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  std::string text;
  if (!fd.valid() || !ReadAll(fd.get(), kLongestLease, text)) return Normal(files.first);
  return Normal(text.substr(0, text.find(' ')));
}

// In place, for containers have it mounted.
void EditHosts(const std::string& path, const std::string& former, const std::string& address) {
  UniqueFd fd(::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  struct stat st {};
  if (!fd.valid() || ::fstat(fd.get(), &st) != 0 || !S_ISREG(st.st_mode)) return;
  std::string text;
  if (!ReadAll(fd.get(), kLongestHosts, text)) return;
  const std::string changed = WithOtherAddress(text, former, address);
  if (changed == text || ::lseek(fd.get(), 0, SEEK_SET) != 0) return;
  // Cut afterwards, so that nobody finds it empty.
  if (!WriteFull(fd.get(), changed.data(), changed.size())) return;
  int cut = ::ftruncate(fd.get(), static_cast<off_t>(changed.size()));
  (void)cut;  // without it lines of the former text follow
}

}  // namespace

std::string WithOtherAddress(const std::string& text, const std::string& former,
                             const std::string& address) {
  std::string changed;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    end = end == std::string::npos ? text.size() : end + 1;
    const std::string line = text.substr(at, end - at);
    const size_t word = line.find_first_of(" \t\n");
    const bool same = word != std::string::npos && line.compare(0, word, former) == 0;
    changed += same ? address + line.substr(word) : line;
    at = end;
  }
  return changed;
}

void PublishLease(const LeaseFiles& files, const std::string& lease) {
  const size_t blank = lease.find(' ');
  if (files.directory.empty() || blank == std::string::npos) return;
  const std::string own = lease.substr(0, blank);
  const std::string router = lease.substr(blank + 1);
  const std::string address = Normal(own);
  if (address.empty() || (router != "-" && Normal(router).empty())) return;
  const std::string path = files.directory + "/" + kLeasesDirectory + "/" + files.interface;
  const std::string former = FormerAddress(files, path);
  if (!former.empty() && former != address) {
    EditHosts(files.directory + "/" + kHostsFile, former, address);
  }
  ReplaceFile(path, lease + "\n", false);
}

}  // namespace bryo
