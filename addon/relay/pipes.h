// Pipes by which splice(2) moves bytes between sockets without copying them here.
#pragma once

#include <cstddef>

namespace bryo {

struct Pipe {
  int read = -1;
  int write = -1;
  size_t held = 0;  // bytes
  bool is_wide = false;

  bool is_open() const { return read >= 0; }
};

// Pipes that are empty wait here for the next user. A connection takes one while bytes are under
// way.
class PipePool {
 public:
  // False: no descriptor is left.
  bool Take(Pipe& out);
  // Takes back a pipe, which is closed when it is not empty, or when enough of them wait.
  void Return(Pipe& pipe);

 private:
  static constexpr size_t kMost = 32;
  // Half of what an ordinary user's pipes may hold in all (pipe(7), pipe-user-pages-soft) in wide
  // ones and those of the usual 64 KiB: peers that do not read fill any number.
  static constexpr size_t kMostWide = 64;
  static constexpr size_t kMostUsual = 256;

  Pipe waiting_[kMost];
  size_t count_ = 0;
  size_t open_ = 0;  // all of them, waiting or not
  size_t wide_ = 0;
};

}  // namespace bryo
