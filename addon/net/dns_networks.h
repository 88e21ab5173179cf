// All networks that containers of this user are on.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/dns_network.h"

namespace bryo::dns {

// Whether a name of a directory is that of a network.
bool IsNetworkId(std::string_view name);

// A container's place on one of its networks.
struct Place {
  const Network* network = nullptr;
  const Host* host = nullptr;  // null: there is no file of it
};

class Networks {
 public:
  explicit Networks(std::string path) : path_(std::move(path)) {}

  // The network that has this gateway by now; null: none has.
  const Network* ByGateway(const Address& gateway);
  // The others of a container, by its id.
  std::vector<const Network*> OthersOf(std::string_view container, const Network* except);
  // The place that has an egress policy; without a host: none has by now.
  Place ByPolicy(uint32_t policy);

 private:
  // False: there are none.
  bool RefreshList();

  std::string path_;
  UniqueFd directory_;
  Stamp stamp_;
  std::unordered_map<std::string, std::unique_ptr<Network>> networks_;
  std::unordered_map<Address, std::string> by_gateway_;
};

}  // namespace bryo::dns
