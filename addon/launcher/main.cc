// bryo-launcher: the native part of bryo, one program with a few modes.
#include <sys/auxv.h>

#include <cstdio>
#include <cstring>

#include "api/main.h"
#include "attach/attach.h"
#include "launcher/await_end.h"
#include "launcher/await_ends.h"
#include "launcher/await_start.h"
#include "launcher/enter.h"
#include "launcher/hold_mount.h"
#include "launcher/notify_relay.h"
#include "launcher/parent.h"
#include "launcher/spare.h"
#include "launcher/stage.h"
#include "launcher/stand_in.h"
#include "launcher/userns_run.h"
#include "net/connect.h"
#include "net/dhcp.h"
#include "net/holder.h"
#include "net/lan.h"
#include "net/lan_port.h"
#include "net/probe.h"
#include "plan/plan.h"
#include "relay/main.h"

namespace {

struct Mode {
  const char* name;
  int (*run)(int argc, char** argv);
};

constexpr Mode kModes[] = {
    {"api", bryo::ApiMain},
    {"attach", bryo::AttachCommand},
    {"await", bryo::AwaitStartMain},
    {"await-end", bryo::AwaitEndMain},
    {"await-ends", bryo::AwaitEndsMain},
    {"bound", bryo::DhcpBoundMain},
    {"check", bryo::CheckMain},
    {"connect", bryo::ConnectMain},
    {"deconfig", bryo::DhcpOtherMain},
    {"dhcp-keep", bryo::DhcpKeepMain},
    {"dhcp-lease", bryo::DhcpLeaseMain},
    {"disconnect", bryo::DisconnectMain},
    {"enter", bryo::EnterMain},
    {"hold-mount", bryo::HoldMountMain},
    {"lan", bryo::LanMain},
    {"lan-port", bryo::LanPortMain},
    {"leasefail", bryo::DhcpOtherMain},
    {"nak", bryo::DhcpOtherMain},
    {"net", bryo::NetHolderMain},
    {"net-probe", bryo::NetProbeMain},
    {"notify", bryo::NotifyRelayMain},
    {"relay", bryo::RelayMain},
    {"remove-bridge", bryo::RemoveBridgeMain},
    {"renew", bryo::DhcpRenewMain},
    {"run", bryo::RunMain},
    {"spare", bryo::SpareMain},
    {"stage", bryo::StageMain},
    {"stand-in", bryo::StandInMain},
    {"userns", bryo::UsernsRunMain},
};

}  // namespace

int main(int argc, char** argv) {
  // A launcher believes its arguments and its environment: nothing for a program with rights of its
  // own.
  if (::getauxval(AT_SECURE) != 0) {
    std::fprintf(stderr,
                 "bryo-launcher: must not be installed setuid, setgid or with capabilities\n");
    return 125;
  }
  if (argc >= 2) {
    for (const Mode& mode : kModes) {
      if (std::strcmp(argv[1], mode.name) == 0) return mode.run(argc - 2, argv + 2);
    }
  }
  std::fprintf(stderr, "bryo-launcher: a part of bryo, not meant to be run by hand\n");
  return 125;
}
