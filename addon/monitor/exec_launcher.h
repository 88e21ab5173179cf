// Becoming a launcher: this very program in mode "run" (launcher/run_arguments.h).
#pragma once

#include <string>
#include <vector>

#include "sys/contract.gen.h"

namespace bryo {

// The words and descriptors that a launcher is started with.
class LauncherCall {
 public:
  void Say(std::string word) { words_.push_back(std::move(word)); }
  void Give(LauncherFd name, int fd);

  // The first number that none of the descriptors will have.
  int end() const { return kFirstLauncherFd + static_cast<int>(fds_.size()); }

  // Executes the program. Returns only when that fails. Everything else that is not to stay must be
  // close-on-exec.
  void Exec() const;

 private:
  std::vector<std::string> words_;
  std::string names_;
  std::vector<int> fds_;
};

}  // namespace bryo
