#include "attach/terminal.h"

#include <signal.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <initializer_list>

namespace bryo {

void Terminal::MakeRaw(bool makes_lines) {
  if (wanted_ || ::tcgetattr(STDIN_FILENO, &saved_) != 0) return;
  wanted_ = true;
  makes_lines_ = makes_lines;
  MakeRawAgain();
}

void Terminal::MakeRawAgain() {
  if (!wanted_) return;
  termios raw = saved_;
  ::cfmakeraw(&raw);
  if (makes_lines_) raw.c_oflag |= OPOST;
  raw_ = ::tcsetattr(STDIN_FILENO, TCSANOW, &raw) == 0;
}

void Terminal::Restore() {
  if (!raw_) return;
  sigset_t block;
  sigset_t before;
  sigemptyset(&block);
  sigaddset(&block, SIGTTOU);
  ::sigprocmask(SIG_BLOCK, &block, &before);
  // Not TCSADRAIN: output that nobody reads any more (a stopped terminal) must not hold us here.
  ::tcsetattr(STDIN_FILENO, TCSANOW, &saved_);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  raw_ = false;
}

bool Terminal::Size(uint16_t& rows, uint16_t& columns) {
  for (int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    winsize size{};
    if (::ioctl(fd, TIOCGWINSZ, &size) != 0) continue;
    rows = size.ws_row;
    columns = size.ws_col;
    return true;
  }
  return false;
}

}  // namespace bryo
