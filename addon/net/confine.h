// Rights that the processes of bridges give up.
#pragma once

#include "sys/status.h"

namespace bryo {

// Of the holder, which starts others: no new privileges, none of the system calls by which a
// process takes hold of others or of more of the kernel than networks take, and no capability but
// what slirp4netns(1), nft(8) and the namespaces' own settings take, also not by starting a
// program. What it starts afterwards is under the same; slirp4netns confines itself further.
Status ConfineHolder();

// Of the process that reads what containers and servers of names send (service_process.h): no
// capability, no program or process of its own, files only to read, sockets of the internet that
// nobody connects to, and no system call but those that serving takes.
Status ConfineServices();

}  // namespace bryo
