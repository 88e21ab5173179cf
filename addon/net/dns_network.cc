#include "net/dns_network.h"

#include <dirent.h>
#include <fcntl.h>

#include <algorithm>
#include <charconv>

#include "sys/io.h"

namespace bryo::dns {
namespace {

constexpr size_t kMaxFile = 1 << 16;
constexpr size_t kMaxHosts = 1 << 16;

bool ReadFile(int directory, const char* name, std::string& out) {
  UniqueFd fd(::openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  return fd.valid() && ReadAll(fd.get(), kMaxFile, out);
}

bool ParseHostNumber(std::string_view text, uint64_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

template <typename Index, typename Key>
void Erase(Index& index, const Key& key, const Host* host) {
  auto [at, end] = index.equal_range(key);
  for (; at != end; ++at) {
    if (at->second != host) continue;
    index.erase(at);
    return;
  }
}

}  // namespace

bool Network::Refresh(int networks, const std::string& id) {
  id_ = id;
  Stamp directory;
  if (!directory.Take(networks, id.c_str())) return false;
  if (!directory_.valid() || !directory.IsSameFile(directory_stamp_)) {
    Forget();
    directory_.reset(
        ::openat(networks, id.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
    if (!directory_.valid()) return false;
    directory_stamp_ = directory;
  }
  Stamp facts;
  if (!facts.Take(directory_.get(), "network")) return false;
  if (!facts.IsAs(facts_stamp_)) {
    std::string text;
    if (!ReadFile(directory_.get(), "network", text)) return false;
    facts_ = ReadNetworkFacts(text);
    facts_stamp_ = facts;
  }
  RefreshHosts();
  return true;
}

void Network::Forget() {
  by_address_.clear();
  by_name_.clear();
  by_container_.clear();
  hosts_.clear();
  leases_.reset();
  facts_stamp_ = names_stamp_ = {};
  facts_ = {};
}

void Network::RefreshHosts() {
  if (!leases_.valid()) {
    leases_.reset(::openat(directory_.get(), "leases", O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  }
  Stamp now;
  bool exists = now.Take(directory_.get(), "names");
  if (exists && now.IsAs(names_stamp_)) return;
  names_stamp_ = now;
  ++scan_;
  UniqueFd names(
      ::openat(directory_.get(), "names", O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW));
  DIR* list = names.valid() ? ::fdopendir(names.get()) : nullptr;
  if (list != nullptr) {
    int directory = names.release();
    while (const dirent* entry = ::readdir(list)) RefreshHost(directory, entry->d_name);
    ::closedir(list);
  }
  std::erase_if(hosts_, [this](const auto& entry) {
    if (entry.second->seen == scan_) return false;
    Remove(*entry.second);
    return true;
  });
}

void Network::RefreshHost(int names, const char* file) {
  uint64_t number = 0;
  Stamp now;
  if (!ParseHostNumber(file, number) || !now.Take(names, file)) return;
  auto known = hosts_.find(number);
  if (known != hosts_.end() && now.IsAs(known->second->stamp)) {
    known->second->seen = scan_;
    return;
  }
  std::string text;
  if (!ReadFile(names, file, text)) return;
  if (known != hosts_.end()) Remove(*known->second);
  if (known == hosts_.end()) {
    if (hosts_.size() >= kMaxHosts) return;
    known = hosts_.emplace(number, std::make_unique<Host>()).first;
  }
  *known->second = {number, ReadHostFacts(text), now, scan_};
  Enter(*known->second);
}

void Network::Enter(const Host& host) {
  for (const std::string& name : host.facts.names) by_name_.emplace(name, &host);
  for (const Address& address : host.facts.addresses) by_address_[address] = &host;
  if (!host.facts.container.empty()) by_container_.emplace(host.facts.container, &host);
}

void Network::Remove(const Host& host) {
  for (const std::string& name : host.facts.names) Erase(by_name_, name, &host);
  for (const Address& address : host.facts.addresses) {
    auto at = by_address_.find(address);
    if (at != by_address_.end() && at->second == &host) by_address_.erase(at);
  }
  Erase(by_container_, host.facts.container, &host);
}

// The monitor of a container has a lock on the byte of its number (fcntl(2), open file description
// locks), which goes with it, however it ends.
bool Network::IsHeld(const Host& host) const {
  if (!leases_.valid()) return false;
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(host.number);
  lock.l_len = 1;
  return ::fcntl(leases_.get(), F_OFD_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool Network::HasGateway(const Address& address) const {
  return std::ranges::find(facts_.gateways, address) != facts_.gateways.end();
}

bool Network::HoldsAddress(const Address& address) const {
  return std::ranges::any_of(facts_.subnets,
                             [&](const Subnet& subnet) { return subnet.Holds(address); });
}

void Network::Find(std::string_view name, std::vector<Address>& out) const {
  auto [at, end] = by_name_.equal_range(std::string(name));
  for (; at != end; ++at) {
    if (!IsHeld(*at->second)) continue;
    const std::vector<Address>& own = at->second->facts.addresses;
    out.insert(out.end(), own.begin(), own.end());
  }
}

const Host* Network::FindByAddress(const Address& address) const {
  auto at = by_address_.find(address);
  return at != by_address_.end() && IsHeld(*at->second) ? at->second : nullptr;
}

const Host* Network::FindContainer(std::string_view container) const {
  auto [at, end] = by_container_.equal_range(std::string(container));
  auto held = std::find_if(at, end, [this](const auto& entry) { return IsHeld(*entry.second); });
  return held == end ? nullptr : held->second;
}

const Host* Network::FindPolicy(uint32_t policy) const {
  auto at = std::ranges::find_if(
      hosts_, [&](const auto& entry) { return entry.second->facts.policy == policy; });
  return at != hosts_.end() && IsHeld(*at->second) ? at->second.get() : nullptr;
}

}  // namespace bryo::dns
