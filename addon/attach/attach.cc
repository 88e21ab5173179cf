#include "attach/attach.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "attach/client_signals.h"
#include "attach/connection.h"
#include "attach/detach_keys.h"
#include "attach/output_file.h"
#include "attach/terminal.h"
#include "monitor/protocol.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr int kEngineError = 125;
constexpr size_t kInputRead = 16384;  // half a window: one message travels while one is read
char g_message[1 + kMaxMessage];

class AttachClient {
 public:
  AttachClient(const AttachOptions& options, ClientSignals signals)
      : options_(options), signals_(std::move(signals)) {}
  int Run(const std::vector<int>& early);

 private:
  bool Connect();
  void Release();
  void Loop();
  void Poll();
  void HandleSignal(int number);
  void Stop();
  void SendWindowSize();
  void ReadInput();
  void SendInput();
  void EndInput();
  void Receive();
  void WriteOutput();
  void OutputBroken(int err);
  void End(int exit_code) {
    done_ = true;
    exit_code_ = exit_code;
  }
  void Fail(const char* line);

  const AttachOptions& options_;
  Terminal terminal_;
  ClientSignals signals_;
  Connection connection_;
  DetachKeys keys_;
  OutputFile stdout_{STDOUT_FILENO};
  OutputFile stderr_{STDERR_FILENO};
  std::string input_;  // read but not sent
  bool input_open_ = false;
  bool detaching_ = false;  // the detach keys came; what was typed before them is sent first
  size_t output_at_ = 0;    // of g_message, when it holds output still to be written
  size_t output_end_ = 0;
  bool done_ = false;
  int exit_code_ = kEngineError;
  int death_signal_ = 0;
};

void AttachClient::Fail(const char* line) {
  terminal_.Restore();
  std::fprintf(stderr, "Error: %s\n", line);
  End(kEngineError);
}

bool AttachClient::Connect() {
  if (options_.fd >= 0) {
    ::fcntl(options_.fd, F_SETFD, FD_CLOEXEC);
    connection_.Adopt(UniqueFd(options_.fd));
    return true;
  }
  Status connected = connection_.Connect(options_.socket_dir);
  if (connected.ok()) {
    Release();
    return true;
  }
  bool absent = connected.err() == ENOENT || connected.err() == ECONNREFUSED;
  std::string line = "cannot attach: " +
                     (absent ? std::string("the container is not running") : connected.message());
  Fail(line.c_str());
  return false;
}

// Without a reader somebody else has let it go, or it has ended: the monitor tells.
void AttachClient::Release() {
  if (options_.release.empty()) return;
  UniqueFd fifo(::open(options_.release.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
  if (fifo.valid()) WriteFull(fifo.get(), "s", 1);
}

int AttachClient::Run(const std::vector<int>& early) {
  if (!keys_.Parse(options_.tty ? options_.detach_keys : "")) {
    Fail("the detach keys cannot be read");
    return exit_code_;
  }
  if (!Connect()) return exit_code_;
  input_open_ = options_.stdin;
  if (options_.tty && options_.stdin) terminal_.MakeRaw(options_.plain_newlines);
  SendWindowSize();
  for (int number : early) HandleSignal(number);
  while (!done_) Poll();
  terminal_.Restore();
  if (death_signal_ != 0) signals_.Die(death_signal_);
  return exit_code_;
}

void AttachClient::Poll() {
  bool output = output_at_ < output_end_;
  bool room = input_open_ && input_.empty() && connection_.credit() > 0;
  short wanted = output ? 0 : POLLIN;
  if (!input_.empty() || connection_.control_waits()) wanted |= POLLOUT;
  const OutputFile& file = g_message[0] == kStderr ? stderr_ : stdout_;
  pollfd entries[] = {
      {signals_.fd(), POLLIN, 0},
      // A hang-up is always reported: while output waits the socket is only of interest to send.
      {wanted == 0 ? -1 : connection_.fd(), wanted, 0},
      {room ? STDIN_FILENO : -1, POLLIN, 0},
      {output ? file.fd() : -1, POLLOUT, 0},
  };
  if (::poll(entries, 4, -1) < 0) return;
  if (entries[0].revents != 0) {
    for (auto next = signals_.Next(); next.number != 0; next = signals_.Next())
      HandleSignal(next.number);
  }
  if (entries[2].revents != 0) ReadInput();
  if (entries[1].revents != 0) {
    connection_.FlushControl();
    SendInput();
  }
  if (entries[3].revents != 0) WriteOutput();
  if (!done_ && (entries[1].revents & (POLLIN | POLLHUP)) != 0) Receive();
}

// --- signals ----------------------------------------------------------------------------------

void AttachClient::SendWindowSize() {
  uint16_t rows = 0;
  uint16_t columns = 0;
  if (!options_.tty || !Terminal::Size(rows, columns)) return;
  connection_.SendControl(kWindowSize, static_cast<uint32_t>(columns) << 16 | rows, 4);
}

void AttachClient::Stop() {
  terminal_.Restore();
  ::kill(::getpid(), SIGSTOP);
}

void AttachClient::HandleSignal(int number) {
  // On a raw terminal the keys reach the container as bytes; job control is this process's alone.
  bool proxied = options_.sig_proxy;
  bool job_control = number == SIGTSTP || number == SIGCONT;
  if (number == SIGWINCH) {
    SendWindowSize();
    return;
  }
  if (proxied && !(job_control && options_.tty)) {
    connection_.SendControl(kSignal, static_cast<uint32_t>(number), 4);
  }
  if (number == SIGTSTP && !signals_.WasIgnored(number)) {
    Stop();
  } else if (number == SIGCONT) {
    terminal_.MakeRawAgain();
    SendWindowSize();
  } else if (!proxied && !signals_.WasIgnored(number)) {
    death_signal_ = number;
    End(128 + number);
  }
}

// --- input ------------------------------------------------------------------------------------

void AttachClient::EndInput() {
  input_open_ = false;
  connection_.SendClose();
}

void AttachClient::ReadInput() {
  char buffer[kInputRead];
  ssize_t n = ::read(STDIN_FILENO, buffer, std::min(sizeof(buffer), connection_.credit()));
  if (n < 0 && (errno == EINTR || errno == EAGAIN)) return;
  if (n <= 0) {
    // The end of a raw terminal is its disappearance, not the user's wish to end the input.
    input_open_ = false;
    if (!options_.tty || ::isatty(STDIN_FILENO) == 0) EndInput();
    return;
  }
  detaching_ = keys_.Filter(buffer, static_cast<size_t>(n), input_);
  if (detaching_) input_open_ = false;
  SendInput();
}

void AttachClient::SendInput() {
  // The filter may have let go of bytes that it held back: still never more than the credit.
  while (!input_.empty() && connection_.credit() > 0) {
    std::string piece = input_.substr(0, std::min(connection_.credit(), kInputRead));
    if (!connection_.SendInput(piece)) return;
    input_.erase(0, piece.size());
  }
  if (detaching_ && input_.empty()) End(0);
}

// --- output -----------------------------------------------------------------------------------

void AttachClient::OutputBroken(int err) {
  if (err == EBADF) {  // the user closed it: nobody wants this output
    output_at_ = output_end_;
  } else if (err == EPIPE) {
    death_signal_ = SIGPIPE;
    End(128 + SIGPIPE);
  } else {
    std::string line = std::string("cannot write the container's output: ") + std::strerror(err);
    Fail(line.c_str());
  }
}

void AttachClient::WriteOutput() {
  const OutputFile& file = g_message[0] == kStderr ? stderr_ : stdout_;
  while (output_at_ < output_end_) {
    size_t written = 0;
    switch (file.Write(g_message + output_at_, output_end_ - output_at_, written)) {
      case OutputFile::Result::kWritten:
        output_at_ += written;
        break;
      case OutputFile::Result::kWouldBlock:
        return;
      case OutputFile::Result::kBroken:
        OutputBroken(errno);
        if (done_) return;
        break;
    }
  }
}

void AttachClient::Receive() {
  // A few at a time: signals and input are looked at in between.
  for (int i = 0; i < 16 && !done_ && output_at_ == output_end_; ++i) {
    long size = connection_.Receive(g_message, sizeof(g_message));
    if (size == 0) return;
    if (size < 0) {
      Fail("lost the connection to the container's monitor; its exit status is unknown");
      return;
    }
    switch (g_message[0]) {
      case kStdout:
      case kStderr:
        output_at_ = 1;
        output_end_ = static_cast<size_t>(size);
        WriteOutput();
        break;
      case kAcknowledge:
        if (size == 5) connection_.AddCredit(GetLittle(g_message + 1, 4));
        break;
      case kExit:
        if (size == 5) End(static_cast<int>(GetLittle(g_message + 1, 4)));
        break;
      case kDropped:
        Fail("disconnected: the container's output was not read fast enough; it goes on running");
        break;
      default:
        break;
    }
  }
}

void Silence(int fd) {
  UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (null.valid()) ::dup2(null.get(), fd);
}

}  // namespace

int AttachMain(const AttachOptions& options, ClientSignals signals, const std::vector<int>& early) {
  if (!options.show_stdout) Silence(STDOUT_FILENO);
  if (!options.show_stderr) Silence(STDERR_FILENO);
  return AttachClient(options, std::move(signals)).Run(early);
}

}  // namespace bryo
