#include "front/stay.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <string_view>
#include <utility>
#include <vector>

#include "attach/attach.h"
#include "attach/client_signals.h"
#include "front/program.h"
#include "front/protocol.h"
#include "sys/descriptors.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr int kEngineError = 125;
char g_message[kMaxFrontMessage];

class Front {
 public:
  explicit Front(Command command) : command_(std::move(command)) {}
  int Run();

 private:
  enum class State { kCommand, kStarting, kAttaching, kEnded, kNotStarted };

  bool IsUndecided() const { return state_ == State::kCommand || state_ == State::kStarting; }
  void Poll();
  void HandleSignal(ClientSignals::Received signal);
  void Receive();
  bool ReadAttach(size_t size, std::vector<UniqueFd>& fds);
  int Attach();
  int CommandStatus();

  Command command_;
  ClientSignals signals_;
  AttachOptions options_;
  std::vector<int> early_;  // signals that the command has not been ended by: for the payload
  State state_ = State::kCommand;
};

// Signals that stop, continue or tell of a window have no meaning later on.
bool IsKept(int number) { return number != SIGTSTP && number != SIGCONT && number != SIGWINCH; }

bool AsksToEnd(int number) {
  return number == SIGINT || number == SIGTERM || number == SIGHUP || number == SIGQUIT;
}

void Front::HandleSignal(ClientSignals::Received signal) {
  bool ignored = signals_.WasIgnored(signal.number);
  if (state_ == State::kCommand) {
    // A terminal's signals have reached the command as well.
    if (!signal.from_terminal && !ignored) ::kill(command_.pid, signal.number);
    if (signal.number == SIGTSTP && !ignored) ::kill(::getpid(), SIGSTOP);
  } else if (AsksToEnd(signal.number) && !ignored && !early_.empty()) {
    // A user who asks twice is not kept waiting by a start that hangs.
    ::kill(command_.pid, SIGKILL);
  }
  if (IsKept(signal.number)) early_.push_back(signal.number);
}

bool Front::ReadAttach(size_t size, std::vector<UniqueFd>& fds) {
  std::vector<char*> words;
  for (size_t at = 0; at < size; at += std::string_view(g_message + at).size() + 1) {
    words.push_back(g_message + at);
  }
  int count = static_cast<int>(words.size()) - 1;
  if (!ReadAttachOptions(count, words.data() + 1, options_)) return false;
  if (options_.fd >= 0) options_.fd = fds.empty() ? -1 : fds.front().release();
  return options_.fd >= 0 || !options_.socket_dir.empty();
}

void Front::Receive() {
  std::vector<UniqueFd> fds;
  ssize_t got = ReceiveDescriptors(command_.socket.get(), g_message, sizeof(g_message) - 1, fds);
  if (got <= 0) {
    state_ = state_ == State::kStarting ? State::kNotStarted : State::kEnded;
    return;
  }
  auto size = static_cast<size_t>(got);
  g_message[size] = '\0';
  std::string_view message(g_message);
  if (message == kStartingMessage) {
    state_ = State::kStarting;
  } else if (message == kCommandMessage) {
    state_ = State::kCommand;
    for (int number : early_) {
      if (!signals_.WasIgnored(number)) ::kill(command_.pid, number);
    }
  } else if (message == kAttachMessage) {
    state_ = ReadAttach(size, fds) ? State::kAttaching : State::kEnded;
  }
}

void Front::Poll() {
  pollfd entries[] = {{command_.socket.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
  if (::poll(entries, 2, -1) < 0) return;
  // A message that the command sent before a signal came says whose the signal is.
  if (entries[0].revents != 0) Receive();
  if (entries[1].revents != 0 && IsUndecided()) {
    for (auto signal = signals_.Next(); signal.number != 0; signal = signals_.Next())
      HandleSignal(signal);
  }
}

// The command has nothing left to do but to end, which takes it some milliseconds: nobody waits for
// that, and the kernel reaps it.
int Front::Attach() {
  struct sigaction reap {};
  reap.sa_handler = SIG_IGN;
  ::sigaction(SIGCHLD, &reap, nullptr);
  return AttachMain(options_, std::move(signals_), early_);
}

int Front::CommandStatus() {
  int status = WaitFor(command_.pid);
  // Without a payload to have them, the signals are still to be obeyed.
  if (state_ == State::kNotStarted) {
    for (int number : early_) signals_.Die(number);
  }
  if (status < 0) return kEngineError;
  if (!WIFSIGNALED(status)) return WEXITSTATUS(status);
  signals_.Die(WTERMSIG(status));
  return 128 + WTERMSIG(status);
}

int Front::Run() {
  if (!signals_.Open()) return kEngineError;
  while (IsUndecided()) Poll();
  return state_ == State::kAttaching ? Attach() : CommandStatus();
}

}  // namespace

bool StayInFront(const std::string& path, char** argv, int& exit_code) {
  Command command;
  if (!StartCommand(path, argv, command)) return false;
  exit_code = Front(std::move(command)).Run();
  return true;
}

}  // namespace bryo
