#include "api/streams.h"

#include <charconv>
#include <string_view>
#include <utility>

#include "api/again_stream.h"
#include "api/attach_stream.h"
#include "api/follow_stream.h"
#include "api/growth_stream.h"
#include "attach/detach_keys.h"

namespace bryo::api {
namespace {

using Words = std::vector<std::string_view>;

bool ReadAttachFlags(const Words& words, AttachFlags& out) {
  for (size_t i = 1; i < words.size(); ++i) {
    if (words[i] == "--framed") {
      out.framed = true;
    } else if (words[i] == "--websocket") {
      out.websocket = true;
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

template <typename Number>
bool ReadNumber(std::string_view word, Number& out) {
  auto [at, error] = std::from_chars(word.data(), word.data() + word.size(), out);
  return error == std::errc() && at == word.data() + word.size();
}

// Of milliseconds.
bool ReadTime(std::string_view word, int64_t& out) {
  uint32_t milliseconds = 0;
  if (!ReadNumber(word, milliseconds)) return false;
  out = Nanoseconds(milliseconds);
  return true;
}

bool ReadWait(const Words& words, int64_t& out) {
  out = kNoDeadline;
  if (words.size() == 1) return true;
  return words.size() == 3 && words[1] == "--after" && ReadTime(words[2], out);
}

bool ReadGrowthFlags(const Words& words, GrowthFlags& out) {
  for (size_t i = 1; i + 1 < words.size(); i += 2) {
    bool read = false;
    if (words[i] == "--name") {
      out.name = words[i + 1];
      read = true;
    } else if (words[i] == "--seen") {
      read = ReadNumber(words[i + 1], out.seen);
    } else if (words[i] == "--after") {
      read = ReadTime(words[i + 1], out.wait);
    }
    if (!read) return false;
  }
  return words.size() % 2 == 1 && !out.name.empty() && out.name.find('/') == std::string::npos;
}

bool ReadFollowFlags(const Words& words, FollowFlags& out) {
  for (size_t i = 1; i < words.size(); ++i) {
    bool has_value = i + 1 < words.size();
    if (words[i] == "--framed") {
      out.view.framed = true;
    } else if (words[i] == "--chunked") {
      out.chunked = true;
    } else if (words[i] == "--timestamps") {
      out.view.timestamps = true;
    } else if (words[i] == "--no-stdout") {
      out.view.show_stdout = false;
    } else if (words[i] == "--no-stderr") {
      out.view.show_stderr = false;
    } else if (words[i] == "--name" && has_value) {
      out.name = words[++i];
    } else if (words[i] == "--files" && has_value) {
      if (!ReadNumber(words[++i], out.files)) return false;
    } else if (words[i] == "--offset" && has_value) {
      if (!ReadNumber(words[++i], out.offset)) return false;
    } else {
      return false;
    }
  }
  return !out.name.empty() && out.name.find('/') == std::string::npos && out.files > 0 &&
         out.files <= kMostLogFiles;
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
  if (message.words[0] == "grown") {
    GrowthFlags flags;
    if (fds.size() != 2 || !ReadGrowthFlags(message.words, flags)) return nullptr;
    return std::make_unique<GrowthStream>(connection, std::move(fds), message.state,
                                          std::move(flags));
  }
  if (message.words[0] == "follow") {
    FollowFlags flags;
    if (fds.size() != 3 || !ReadFollowFlags(message.words, flags)) return nullptr;
    FollowedLog log{std::move(fds[0]), std::move(fds[1]), std::move(fds[2])};
    return std::make_unique<FollowStream>(connection, loop, std::move(log), message.state,
                                          std::move(flags));
  }
  return nullptr;
}

}  // namespace bryo::api
