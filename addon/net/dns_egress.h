// Addresses of names that containers with an egress policy may reach: open for as long as the
// answer that told them may be kept.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "net/dns_asker.h"
#include "net/dns_client.h"
#include "net/dns_openings.h"
#include "net/dns_refusals.h"
#include "net/egress.h"

namespace bryo::dns {

// Times are milliseconds.
class Egress {
 public:
  explicit Egress(Networks& networks) : networks_(networks) {}

  // `openings` lays them; null: there are no policies. `refusals` (or null) hears of what is
  // refused.
  void Begin(Openings* openings, Refusals* refusals);

  // Opens what a server's answer tells a client, before that has it: the addresses of the name in
  // question, also by way of other names, that the container's policy takes; private ones only
  // where the policy names them. Times to live that are longer than openings last are cut short.
  // False: the firewall did not take it, and the answer must not be sent.
  bool Take(const Client& client, std::vector<uint8_t>& answer, int64_t now);

  void RefuseName(const Asker& asker, const std::string& name);
  // Reads the refusals that the firewall has told of.
  void HandleLog(int log);

 private:
  // When each opening of a policy ends, by its text.
  using Kept = std::unordered_map<std::string, int64_t>;

  // An address that an answer has told.
  struct Told {
    Address address;
    bool is_common;  // of the internet, and not this host's
    int64_t milliseconds;
  };

  void Weigh(const Place& place, const std::string& name, const Told& told,
             std::vector<TimedOpening>& out) const;
  bool HasRoom(uint32_t policy, size_t more, int64_t now);
  bool Keep(const TimedOpening& opening, int64_t now);
  void Refuse(const Place& place, const std::string& what) const;

  Networks& networks_;
  Openings* firewall_ = nullptr;
  Refusals* refusals_ = nullptr;
  std::unordered_map<uint32_t, Kept> openings_;
};

}  // namespace bryo::dns
