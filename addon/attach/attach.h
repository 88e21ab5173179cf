// The attach client: joins the caller's terminal or pipes to a running container.
//
// The command line becomes this by exec or in its front, so descriptors 0 to 2 are the user's.
#pragma once

#include <string>
#include <vector>

#include "attach/client_signals.h"

namespace bryo {

struct AttachOptions {
  int fd = -1;                  // connected socket of the attach protocol, or
  std::string socket_dir;       // the directory that holds the socket "attach"
  bool tty = false;             // the container has a terminal
  bool plain_newlines = false;  // its newlines are for the caller's terminal to turn into lines
  bool stdin = true;            // hand standard input on
  std::string detach_keys = "ctrl-p,ctrl-q";  // empty: no way to detach; only used with tty
  std::string release;    // named pipe of a payload that waits for `start`; empty: it runs
  bool sig_proxy = true;  // send signals on to the payload instead of ending by them
  bool show_stdout = true;
  bool show_stderr = true;
};

// Reads them from arguments (AttachCommand); false when they make no sense.
bool ReadAttachOptions(int argc, char** argv, AttachOptions& options);

// Runs until the container has ended, the user detached (0), or the connection was lost (125 and
// one line on stderr). Returns the container's exit code. A signal that is not proxied ends this
// process by that signal, with the terminal restored. `signals` are open already; `early` have been
// read from them before.
int AttachMain(const AttachOptions& options, ClientSignals signals, const std::vector<int>& early);

// Mode "attach" of the launcher: --fd N | --socket-dir DIR [--tty]
// [--plain-newlines] [--no-stdin] [--no-stdout] [--no-stderr] [--detach-keys KEYS]
// [--sig-proxy=0|1] [--release PATH]
int AttachCommand(int argc, char** argv);

}  // namespace bryo
