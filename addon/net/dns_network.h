// The names of one network, as the files in its directory have them by now.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "net/dns_files.h"
#include "net/dns_stamp.h"
#include "sys/fd.h"

namespace bryo::dns {

// A container's place in a network.
struct Host {
  uint64_t number = 0;  // of the host in the subnet: where its lease is
  HostFacts facts;
  Stamp stamp;
  uint32_t seen = 0;
};

// Reads anew what has changed whenever it is asked to: a look at three files when nothing has.
class Network {
 public:
  // False: there is no such network (any more).
  bool Refresh(int networks, const std::string& id);

  const std::string& id() const { return id_; }
  const NetworkFacts& facts() const { return facts_; }
  bool HasGateway(const Address& address) const;
  bool HoldsAddress(const Address& address) const;

  // Only containers that hold their leases have names and addresses.
  void Find(std::string_view name, std::vector<Address>& out) const;
  const Host* FindByAddress(const Address& address) const;
  // The place of a container that is on this network, by its id; null: it is not.
  const Host* FindContainer(std::string_view container) const;
  // Of a container that has this egress policy here.
  const Host* FindPolicy(uint32_t policy) const;

 private:
  using Index = std::unordered_multimap<std::string, const Host*>;

  void Forget();
  void RefreshHosts();
  void RefreshHost(int names, const char* file);
  void Enter(const Host& host);
  void Remove(const Host& host);
  bool IsHeld(const Host& host) const;

  std::string id_;
  Stamp directory_stamp_;
  Stamp facts_stamp_;
  Stamp names_stamp_;
  UniqueFd directory_;
  UniqueFd leases_;
  NetworkFacts facts_;
  std::unordered_map<uint64_t, std::unique_ptr<Host>> hosts_;
  std::unordered_map<Address, const Host*> by_address_;
  Index by_name_;
  Index by_container_;
  uint32_t scan_ = 0;
};

}  // namespace bryo::dns
