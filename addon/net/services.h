// Services of the holder of bridges for containers: names, and the way of connections outside.
#pragma once

#include <memory>
#include <string>

#include "net/dns_responder.h"
#include "net/gate.h"
#include "sys/status.h"

namespace bryo {

// Sockets towards containers are of the bridges' network namespace, the others of the
// thread's. Belongs to one thread.
class Services {
 public:
  // Names can be asked for from here on. `directory` is that of all networks. Without the rules of
  // the gate connections go by the uplink; `renewed`: the rules are laid already.
  Status Open(const std::string& directory, const std::string& nft, int network, bool renewed);

  // Has an epoll(7) tell that there is something to handle, by the data of its events.
  bool Watch(int epoll, void* names, void* gate) const;
  void HandleNames() { names_->Handle(); }
  void HandleGate() { gate_->Handle(); }

 private:
  Status OpenGate(const std::string& nft, int network, bool renewed);

  std::unique_ptr<dns::Refusals> refusals_;
  std::unique_ptr<dns::Responder> names_;
  std::unique_ptr<gate::Gate> gate_;
};

}  // namespace bryo
