// Addresses by DHCP on the LAN (RFC 2131), for which busybox's udhcpc does the talking: once in the
// bridges' network before a container starts, so that its files can say the address, and from then
// on in the container's network to keep it.
#pragma once

#include <string>
#include <vector>

#include "plan/ops.gen.h"
#include "sys/status.h"

namespace bryo {

// Mode "dhcp-lease". Descriptors: the bridges' namespaces (holder.h).
inline constexpr int kDhcpUsersFd = 3;
inline constexpr int kDhcpNetworkFd = 4;

// argv: --parent NAME --mac MAC --mode MODE --name NAME -- CLIENT WORD…. Asks by an interface of
// that name, which is gone afterwards. Says "ok ADDRESS/BITS ROUTER SERVER…" on standard output,
// "-" where there is no router, or what has gone wrong.
int DhcpLeaseMain(int argc, char** argv);

// Has an interface's lease renewed by a process of its own that ends with the interface or with the
// process of the pidfd `payload`; to be called in the container's network, with rights over it.
Status KeepLease(const HeaderAttachment& attachment, int payload);

// Mode "dhcp-keep": that process. Descriptor 3 is the pidfd. argv: --interface NAME --address
// ADDRESS/BITS --files DIRECTORY -- CLIENT WORD…. What changes is told to the files of the
// directory (lease_files.h).
int DhcpKeepMain(int argc, char** argv);

// Modes "bound", "renew", "deconfig", "leasefail" and "nak": what udhcpc runs when something has
// happened. An address stays for as long as its lease, and no longer; the next lease's takes its
// place, and its router that of the former.
int DhcpBoundMain(int argc, char** argv);
int DhcpRenewMain(int argc, char** argv);
int DhcpOtherMain(int argc, char** argv);

}  // namespace bryo
