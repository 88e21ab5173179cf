#include "api/streams.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "api/again_stream.h"
#include "api/attach_stream.h"
#include "attach/detach_keys.h"

namespace bryo::api {
namespace {

using Words = std::vector<std::string_view>;

bool ReadAttachFlags(const Words& words, AttachFlags& out) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--framed") {
      out.framed = true;
    } else if (words[i] == "--no-stdin") {
      out.stdin = false;
    } else if (words[i] == "--no-stdout") {
      out.show_stdout = false;
    } else if (words[i] == "--no-stderr") {
      out.show_stderr = false;
    } else if (words[i] == "--detach-keys" && i + 1 < words.size()) {
      out.detach_keys = words[++i];
    } else {
      return false;
    }
  }
  return DetachKeys().Parse(out.detach_keys);
}

bool ReadWait(const Words& words, int64_t& out) {
  out = kNoDeadline;
  if (words.size() == 1) return true;
  if (words.size() != 3 || words[1] != "--after") return false;
  uint32_t milliseconds = 0;
  const char* end = words[2].data() + words[2].size();
  auto [at, error] = std::from_chars(words[2].data(), end, milliseconds);
  out = Nanoseconds(milliseconds);
  return error == std::errc() && at == end;
}

}  // namespace

std::unique_ptr<Stream> MakeStream(Connection& connection, const Loop& loop,
                                   const WorkerMessage& message, std::vector<UniqueFd> fds) {
  if (message.words[0] == "attach") {
    AttachFlags flags;
    if (fds.size() != 1 || !ReadAttachFlags(message.words, flags)) return nullptr;
    return std::make_unique<AttachStream>(connection, loop, std::move(fds[0]), std::move(flags));
  }
  if (message.words[0] == "again") {
    int64_t wait = kNoDeadline;
    if (fds.size() > kMaxAwaited || !ReadWait(message.words, wait)) return nullptr;
    return std::make_unique<AgainStream>(connection, loop, std::move(fds), message.state, wait);
  }
  return nullptr;
}

}  // namespace bryo::api
