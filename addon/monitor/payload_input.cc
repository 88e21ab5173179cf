#include "monitor/payload_input.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cerrno>

namespace bryo {

PayloadInput::PayloadInput(pid_t payload, UniqueFd pipe, int terminal)
    : payload_(payload), pipe_(std::move(pipe)), terminal_(terminal) {
  if (pipe_.valid()) ::fcntl(pipe_.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
}

size_t PayloadInput::Write(const char* data, size_t size) {
  if (size == 0 || fd() < 0) return size;
  ssize_t n;
  do {
    n = ::write(fd(), data, size);
  } while (n < 0 && errno == EINTR);
  if (n > 0) {
    last_ = data[n - 1];
    return static_cast<size_t>(n);
  }
  if (n == 0 || errno == EAGAIN) return 0;
  pipe_.reset();  // EPIPE: the payload closed its end
  return size;
}

void PayloadInput::Close() {
  if (terminal_ < 0) {
    pipe_.reset();
    return;
  }
  termios mode{};
  if (::tcgetattr(terminal_, &mode) != 0 || (mode.c_lflag & ICANON) == 0) return;
  // The first one only hands over a line that was begun; the next one is end of file.
  char eof = static_cast<char>(mode.c_cc[VEOF]);
  if (last_ != '\n' && last_ != '\r') Write(&eof, 1);
  Write(&eof, 1);
}

void PayloadInput::SetWindowSize(uint16_t rows, uint16_t columns) {
  if (terminal_ < 0) return;
  winsize size{};
  size.ws_row = rows;
  size.ws_col = columns;
  ::ioctl(terminal_, TIOCSWINSZ, &size);
}

// The payload leads a session of its own from before its program ran.
void PayloadInput::KillGroup() {
  if (payload_ <= 0) return;
  ::kill(-payload_, SIGKILL);
  ::kill(payload_, SIGKILL);
}

void PayloadInput::Signal(int number) {
  if (payload_ > 0 && number > 0 && number < NSIG) ::kill(payload_, number);
}

}  // namespace bryo
