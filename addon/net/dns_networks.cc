#include "net/dns_networks.h"

#include <dirent.h>
#include <fcntl.h>

namespace bryo::dns {

bool IsNetworkId(std::string_view name) {
  constexpr size_t kIdLength = 64;
  return name.size() == kIdLength && name.find_first_not_of("0123456789abcdef") == name.npos;
}

bool Networks::RefreshList() {
  Stamp now;
  if (!now.Take(AT_FDCWD, path_.c_str())) {
    networks_.clear();
    stamp_ = {};
    return false;
  }
  if (directory_.valid() && now.IsAs(stamp_)) return true;
  if (!directory_.valid() || !now.IsSameFile(stamp_)) {
    directory_.reset(::open(path_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory_.valid()) return false;
  }
  stamp_ = now;
  UniqueFd again(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  DIR* list = again.valid() ? ::fdopendir(again.get()) : nullptr;
  if (list == nullptr) return false;
  again.release();
  std::unordered_map<std::string, std::unique_ptr<Network>> found;
  while (const dirent* entry = ::readdir(list)) {
    if (!IsNetworkId(entry->d_name)) continue;
    auto known = networks_.find(entry->d_name);
    found.emplace(entry->d_name, known != networks_.end() ? std::move(known->second)
                                                          : std::make_unique<Network>());
  }
  ::closedir(list);
  networks_ = std::move(found);
  return true;
}

const Network* Networks::ByGateway(const Address& gateway) {
  if (!RefreshList()) return nullptr;
  auto hint = by_gateway_.find(gateway);
  if (hint != by_gateway_.end()) {
    auto at = networks_.find(hint->second);
    if (at != networks_.end() && at->second->Refresh(directory_.get(), at->first) &&
        at->second->HasGateway(gateway)) {
      return at->second.get();
    }
  }
  by_gateway_.clear();
  const Network* found = nullptr;
  for (auto& [id, network] : networks_) {
    if (!network->Refresh(directory_.get(), id)) continue;
    for (const Address& address : network->facts().gateways) by_gateway_.emplace(address, id);
    if (network->HasGateway(gateway)) found = network.get();
  }
  return found;
}

Place Networks::ByPolicy(uint32_t policy) {
  if (policy == 0 || !RefreshList()) return {};
  for (auto& [id, network] : networks_) {
    if (!network->Refresh(directory_.get(), id)) continue;
    if (const Host* host = network->FindPolicy(policy)) return {network.get(), host};
  }
  return {};
}

std::vector<const Network*> Networks::OthersOf(std::string_view container, const Network* except) {
  std::vector<const Network*> others;
  if (container.empty()) return others;
  for (auto& [id, network] : networks_) {
    if (network.get() == except || !network->Refresh(directory_.get(), id)) continue;
    if (network->FindContainer(container) != nullptr) others.push_back(network.get());
  }
  return others;
}

}  // namespace bryo::dns
