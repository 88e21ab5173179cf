// The user's terminal, put into raw mode and back.
#pragma once

#include <termios.h>

#include <cstdint>

namespace bryo {

class Terminal {
 public:
  ~Terminal() { Restore(); }
  Terminal() = default;
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  // Raw mode on standard input; nothing happens when that is not a terminal.
  // With `makes_lines` it still turns newlines of its output into lines.
  void MakeRaw(bool makes_lines);
  // After a stop: the shell has put its own modes back meanwhile.
  void MakeRawAgain();
  // Also works from the background, where changing a terminal otherwise stops the process.
  void Restore();

  // Size of the first of standard input, output and error that is a terminal.
  static bool Size(uint16_t& rows, uint16_t& columns);

 private:
  termios saved_{};
  bool wanted_ = false;
  bool makes_lines_ = false;
  bool raw_ = false;
};

}  // namespace bryo
