#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <utility>

#include "attach/attach.h"
#include "attach/detach_keys.h"

namespace bryo {
namespace {

bool ParseNumber(const char* text, int& out) {
  char* end = nullptr;
  long value = std::strtol(text, &end, 10);
  if (end == text || *end != '\0' || value < 0 || value > 1000000) return false;
  out = static_cast<int>(value);
  return true;
}

}  // namespace

bool ReadAttachOptions(int argc, char** argv, AttachOptions& options) {
  for (int i = 0; i < argc; ++i) {
    const char* name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (std::strcmp(name, "--tty") == 0) {
      options.tty = true;
    } else if (std::strcmp(name, "--plain-newlines") == 0) {
      options.plain_newlines = true;
    } else if (std::strcmp(name, "--no-stdin") == 0) {
      options.stdin = false;
    } else if (std::strcmp(name, "--no-stdout") == 0) {
      options.show_stdout = false;
    } else if (std::strcmp(name, "--no-stderr") == 0) {
      options.show_stderr = false;
    } else if (std::strcmp(name, "--sig-proxy=0") == 0) {
      options.sig_proxy = false;
    } else if (std::strcmp(name, "--sig-proxy=1") == 0) {
      options.sig_proxy = true;
    } else if (value != nullptr && std::strcmp(name, "--fd") == 0) {
      if (!ParseNumber(value, options.fd)) return false;
      ++i;
    } else if (value != nullptr && std::strcmp(name, "--socket-dir") == 0) {
      options.socket_dir = value;
      ++i;
    } else if (value != nullptr && std::strcmp(name, "--release") == 0) {
      options.release = value;
      ++i;
    } else if (value != nullptr && std::strcmp(name, "--detach-keys") == 0) {
      options.detach_keys = value;
      ++i;
    } else {
      return false;
    }
  }
  return DetachKeys().Parse(options.detach_keys) &&
         (options.fd >= 0) != !options.socket_dir.empty();
}

int AttachCommand(int argc, char** argv) {
  AttachOptions options;
  if (!ReadAttachOptions(argc, argv, options)) {
    std::fprintf(stderr,
                 "usage: bryo-launcher attach --fd N | --socket-dir DIR [--tty] [--plain-newlines] "
                 "[--no-stdin] [--no-stdout] [--no-stderr] [--detach-keys KEYS] [--sig-proxy=0|1] "
                 "[--release PATH]\n");
    return 125;
  }
  ClientSignals signals;
  if (!signals.Open()) {
    std::fprintf(stderr, "Error: cannot take signals\n");
    return 125;
  }
  return AttachMain(options, std::move(signals), {});
}

}  // namespace bryo
