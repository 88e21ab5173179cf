// Rights that the acceptor keeps.
#pragma once

#include "sys/status.h"

namespace bryo::api {

// No new privileges, no program or process of its own, no socket but those that it has and gets,
// and files only to read: it handles what clients and containers send. What it has started before,
// the starter (starter.h), is under none of this, nor are the workers.
Status ConfineAcceptor();

}  // namespace bryo::api
