// udhcpc as a process that has few rights.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "sys/status.h"

namespace bryo {

// The variable that says to a "bound" what it is for: kTell prints the lease, else it is the
// interface's address now, which is kept or changed.
inline constexpr char kDhcpVariable[] = "BRYO_DHCP";
inline constexpr char kDhcpTell[] = "tell";

struct DhcpClient {
  std::vector<std::string> program;  // and its first words
  std::string interface;
  std::vector<std::string> words;
  std::string purpose;  // the variable's value
};

// Starts it in this network namespace; its standard output is this process's.
Status StartDhcpClient(const DhcpClient& client, pid_t& out);

// Ends it; 0: there is none.
void StopDhcpClient(pid_t client);

}  // namespace bryo
