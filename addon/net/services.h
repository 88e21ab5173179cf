// Services of bridges for containers: names, and the way of connections outside.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "net/dns_responder.h"
#include "net/egress_events.h"
#include "net/gate.h"
#include "net/service_requests.h"
#include "sys/status.h"

namespace bryo {

// Sockets that they listen at in the bridges' network namespace.
struct ServiceSockets {
  dns::Listeners names;
  UniqueFd egress_log;
  std::optional<gate::Sockets> gate;  // none: connections go by the uplink

  std::vector<int> descriptors() const;
};

// Opens them in the namespace of the descriptor `network`; `has_gate`: its rules are laid. Takes
// rights over the namespace. Those of services that were killed may be about to close: it waits.
Status OpenServiceSockets(int network, bool has_gate, ServiceSockets& out);

// Sockets towards servers are of the thread's network namespace. Belongs to one thread.
class Services {
 public:
  // `directory` is that of all networks.
  Services(const std::string& directory, UniqueFd channel);

  Status Open(ServiceSockets sockets);
  // For as long as it can; returns when it cannot.
  void Run();

 private:
  HolderChannel holder_;
  EgressEvents refusals_;
  dns::Responder names_;
  std::unique_ptr<gate::Gate> gate_;
};

}  // namespace bryo
