#include "launcher/spare.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "launcher/detach.h"
#include "launcher/parent.h"
#include "launcher/run_arguments.h"
#include "launcher/sealed_copy.h"
#include "launcher/spawn_stage.h"
#include "sys/c_strings.h"
#include "sys/contract.gen.h"
#include "sys/descriptors.h"

namespace bryo {
namespace {

constexpr int kSocket = 3;
constexpr size_t kMaxArguments = 4096;  // bytes

std::vector<std::string> SplitAtNul(const std::string& text) {
  std::vector<std::string> words;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\0', at);
    if (end == std::string::npos) end = text.size();
    words.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return words;
}

}  // namespace

int SpareMain(int, char**) {
  LeaveCaller();
  UniqueFd copy;
  Status copied = MakeSealedCopy(copy);
  WaitingStage stage = copied.ok() ? StartWaitingStage(copy) : WaitingStage();
  std::string text(kMaxArguments, '\0');
  std::vector<UniqueFd> fds;
  ssize_t got = ReceiveDescriptors(kSocket, text.data(), text.size(), fds);
  if (got < 0 || fds.empty()) return 0;
  text.resize(static_cast<size_t>(got));
  std::vector<std::string> words = SplitAtNul(text);
  auto names = std::find(words.begin(), words.end(), "--fds");
  if (names == words.end() || ++names == words.end()) return 125;
  const auto add = [&](LauncherFd name, UniqueFd fd) {
    *names += "," + std::string(WordOf(name));
    fds.push_back(std::move(fd));
  };
  if (copied.ok()) add(LauncherFd::kCopy, std::move(copy));
  if (stage.pid > 0) {
    add(LauncherFd::kStage, std::move(stage.sync));
    words.insert(words.end(), {"--stage", std::to_string(stage.pid)});
  }
  std::vector<char*> argv = CStrings(words);
  int argc = static_cast<int>(words.size());
  if (CountDescriptors(argc, argv.data()) != static_cast<int>(fds.size())) return 125;
  // The numbers belong to the launch from here on, which closes all others.
  Renumber(ReleaseAll(fds), kFirstLauncherFd);
  return RunMain(argc, argv.data());
}

}  // namespace bryo
