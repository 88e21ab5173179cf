// The processes beside the payload that its launch starts or inherits.
#pragma once

#include <sys/types.h>

#include <utility>
#include <vector>

#include "launcher/network_helper.h"
#include "launcher/stand_in.h"
#include "monitor/helpers.h"
#include "monitor/relay_keeper.h"
#include "net/attach.h"
#include "plan/plan.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class LaunchHelpers {
 public:
  // Shows the network of a payload that is hidden itself.
  Status ShowNetwork(UniqueFd network) { return StartStandIn(std::move(network), stand_in_); }
  bool shows_network() const { return stand_in_ > 0; }

  // The network of a payload; ready once it has been found so by FinishNetwork, which is to be
  // called when one of the descriptors is readable.
  Status StartNetwork(const HeaderNetworkHelper& plan, pid_t payload);
  int ready_fd() const { return network_.ready_fd(); }
  int ended_fd() const { return network_.ended_fd(); }
  // `published` are sockets of the caller's that lead to the payload.
  Status FinishNetwork(const Plan& plan, const std::vector<UniqueFd>& published, pid_t payload);
  // A payload on bridges instead: with their ports it is connected when this returns.
  Status Connect(const Plan& plan, BridgeSpaces spaces, const std::vector<UniqueFd>& published,
                 pid_t payload);
  UniqueFd TakeExitFd() { return network_.TakeExitFd(); }
  // A socket that connecting has left; it is to be closed when nobody waits (net/attach.h).
  UniqueFd TakeNetfilter() { return std::move(netfilter_); }
  // By which the relay is started again when it is killed.
  RelayHandles TakeRelay(pid_t payload) { return {std::move(relay_ports_), Seen(payload), relay_}; }

  // This subreaper's children but the payload and the stage: the network helper, a FUSE daemon that
  // the stage left behind. Those of an exec session are what its program leaves in the container.
  std::vector<HelperProcess> List(pid_t payload, pid_t stage) const;

  // Ends them with the payload and the stage. Nothing may outlive a failed start: the payload's
  // init takes its pid namespace with it, helpers and strays are this subreaper's children.
  void KillAll(pid_t payload, pid_t stage) const;

 private:
  // The process that is seen to be in the payload's network.
  pid_t Seen(pid_t payload) const { return shows_network() ? stand_in_ : payload; }

  Status StartRelay(const HeaderPortRelay& plan, const std::vector<UniqueFd>& published,
                    pid_t payload);

  NetworkHelper network_;
  bool network_may_linger_ = false;
  UniqueFd netfilter_;
  UniqueFd relay_ports_;
  pid_t relay_ = -1;
  pid_t stand_in_ = -1;
};

}  // namespace bryo
