// Requests of netlink(7), many in one message: rtnetlink(7) and nfnetlink speak the same.
#pragma once

#include <linux/netlink.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

// An attribute that holds others is open until it is closed, innermost first.
class NetlinkBatch {
 public:
  // Begins a request; `tolerated` is an errno that is no failure of it (0: every one is), `what`
  // names the request in errors.
  void Begin(uint16_t type, uint16_t flags, const void* header, size_t size, std::string_view what,
             int tolerated = 0);
  template <typename Header>
  void Begin(uint16_t type, uint16_t flags, const Header& header, std::string_view what,
             int tolerated = 0) {
    Begin(type, flags, &header, sizeof(header), what, tolerated);
  }

  void Add(uint16_t type, const void* value, size_t size);
  template <typename Value>
  void Add(uint16_t type, const Value& value) {
    Add(type, &value, sizeof(value));
  }
  // With a NUL at its end.
  void AddText(uint16_t type, std::string_view text);
  // A header within an attribute, such as the ifinfomsg of a peer.
  void AddRaw(const void* value, size_t size);

  size_t Open(uint16_t type);
  void Close(size_t opened);

  bool empty() const { return requests_.empty(); }

  // Sends all requests and waits for their answers. The first failure that is not tolerated; what
  // comes after it in the batch is carried out all the same.
  Status Send(int socket);

 private:
  struct Request {
    std::string what;
    int tolerated;
    bool acknowledged;
  };

  void EndRequest();

  std::vector<unsigned char> bytes_;
  std::vector<Request> requests_;
  size_t begun_ = 0;
};

// A socket of this thread's network namespace; `protocol` is NETLINK_ROUTE or NETLINK_NETFILTER.
UniqueFd OpenNetlink(int protocol);

// Asks for all addresses of the network namespace, with flags of send(2); false: errno says why.
bool AskForAddresses(int socket, int flags);

}  // namespace bryo
