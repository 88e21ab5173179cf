#include "launcher/notify_relay.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "monitor/notify.h"
#include "sys/arguments.h"
#include "sys/io.h"
#include "sys/syscalls.h"

namespace bryo {

int NotifyRelayMain(int argc, char** argv) {
  Arguments arguments(argc, argv);
  NotifyConfig config;
  config.address = arguments.Text("--address");
  config.when = NotifyWhen::kPayload;
  std::string directory = arguments.Text("--directory");
  UniqueFd payload(sys::pidfd_open(arguments.Number("--pid")));
  UniqueFd socket = BindNotifySocket(directory);
  // The payload may be any user of its container; on the host nobody else gets this far.
  if (!socket.valid() || ::chmod(directory.c_str(), 0711) != 0) {
    std::fprintf(stderr, "bryo-oci: cannot make a socket in %s\n", directory.c_str());
    return 1;
  }
  Notifier notifier(config, std::move(socket));
  if (!WriteFull(STDOUT_FILENO, "b", 1)) return 1;
  ::close(STDOUT_FILENO);
  while (!notifier.ready()) {
    pollfd waits[1 + Notifier::kPollEntries] = {{payload.get(), POLLIN, 0}};
    notifier.FillPoll(waits + 1);
    if (::poll(waits, std::size(waits), payload.valid() ? -1 : 0) < 0) continue;
    notifier.HandlePoll(waits + 1);
    if (!payload.valid() || waits[0].revents != 0) break;
  }
  return 0;
}

}  // namespace bryo
