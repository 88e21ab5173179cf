// slirp4netns(1) as the way out of the bridges' network namespace.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "launcher/network_helper.h"
#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

class Uplink {
 public:
  // `program` are slirp4netns's words with %NETWORK%, %READY_FD% and %EXIT_FD%; `preload` is a
  // library to be loaded into it, or empty.
  void Configure(std::vector<std::string> program, std::string preload, int network);

  // Starts it; Finish() waits until it is ready and gives its device what it does not itself. It
  // need not wait once ready_fd() is readable.
  Status Start();
  Status Finish();
  int ready_fd() const { return helper_.ready_fd(); }

  // Ends one that has been started.
  void Stop();

  pid_t pid() const { return helper_.pid(); }

 private:
  Status AddPlainWay() const;
  Status AddIpv6() const;

  HeaderNetworkHelper plan_;
  NetworkHelper helper_;
  UniqueFd exit_;
  int network_ = -1;
};

}  // namespace bryo
