// Servers that have not answered lately.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <cstring>

namespace bryo::dns {

// Remembers the last few, so that not every query waits for a server that has gone. Times are
// milliseconds of the monotonic clock.
class Health {
 public:
  void Failed(const sockaddr_in6& server, int64_t now) {
    Entry& entry = EntryFor(server);
    entry = {server, now + kDoubt};
  }
  void Answered(const sockaddr_in6& server) {
    for (Entry& entry : entries_) {
      if (IsSame(entry.server, server)) entry.until = 0;
    }
  }
  bool IsDoubted(const sockaddr_in6& server, int64_t now) const {
    for (const Entry& entry : entries_) {
      if (entry.until > now && IsSame(entry.server, server)) return true;
    }
    return false;
  }

 private:
  static constexpr int64_t kDoubt = 30'000;

  struct Entry {
    sockaddr_in6 server{};
    int64_t until = 0;
  };

  static bool IsSame(const sockaddr_in6& a, const sockaddr_in6& b) {
    return std::memcmp(&a, &b, sizeof(a)) == 0;
  }
  // The server's own entry, or the one that is least worth keeping.
  Entry& EntryFor(const sockaddr_in6& server) {
    Entry* oldest = entries_;
    for (Entry& entry : entries_) {
      if (IsSame(entry.server, server)) return entry;
      if (entry.until < oldest->until) oldest = &entry;
    }
    return *oldest;
  }

  Entry entries_[8];
};

}  // namespace bryo::dns
