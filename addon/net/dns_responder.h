// Answers containers that ask for names.
#pragma once

#include <memory>
#include <string>

#include "net/dns_client.h"
#include "net/dns_datagrams.h"
#include "net/dns_egress.h"
#include "net/dns_events.h"
#include "net/dns_forwarder.h"
#include "net/dns_listeners.h"
#include "net/dns_networks.h"
#include "net/dns_streams.h"
#include "net/dns_verdict.h"
#include "sys/status.h"

namespace bryo::dns {

// Knows the names of containers from the files of their networks, which it looks at for every
// query: a name is there once its file is. Everything else it asks the servers of the network or
// of the host, by sockets of the network namespace that the thread is in. Belongs to one thread.
class Responder : private Replies, private Queries {
 public:
  // `networks` is the directory that has one of each network; `resolvers` a resolv.conf(5).
  Responder(std::string networks, std::string resolvers);

  Status Open(Listeners listeners);
  // Containers with an egress policy reach what names they are told (dns_egress.h). `log` hears of
  // what the firewall refuses them; it may be none.
  void OpenEgress(Openings* openings, UniqueFd log, Refusals* refusals);

  // Readable when there is something to handle.
  int fd() const { return events_.fd(); }
  // Handles what there is by now; does not wait.
  void Handle();

 private:
  void Send(const Client& client, Bytes message) override;
  void Pass(const Client& client, std::vector<uint8_t> message) override;
  void Take(const Client& client, Bytes message) override;
  void ReceiveDatagrams(uint8_t socket);
  void Dispatch(const epoll_event& event);
  void RestTimer();
  void SetTimer();

  Events events_;
  UniqueFd timer_;
  int64_t timer_at_ = 0;
  int64_t now_ = 0;
  Networks networks_;
  Egress egress_;
  UniqueFd egress_log_;
  Judge judge_;
  Datagrams datagrams_;
  Streams streams_;
  Forwarder forwarder_;
  uint8_t buffer_[4096];
};

}  // namespace bryo::dns
