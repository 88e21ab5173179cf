#include "net/service_requests.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <type_traits>

#include "monitor/event_writer.h"
#include "net/dns_networks.h"
#include "plan/plan.h"
#include "sys/contract.gen.h"

namespace bryo {
namespace {

enum Kind : uint32_t { kOpen = 1, kTell = 2 };

constexpr size_t kIdSize = 64;
constexpr size_t kMostOpenings = 64;
constexpr size_t kMostText = 2048;
// Longer than any answer may be kept, and the time that its use takes.
constexpr uint64_t kLongestOpening = uint64_t{2} * 3600 * 1000;
// The holder answers at once, unless it is suspended.
constexpr timeval kPatience = {2, 0};

static_assert(std::is_trivially_copyable_v<TimedOpening>);

// Requests as they are in memory: the ends of a channel are one program.
struct OpenRequest {
  uint32_t kind = kOpen;
  uint32_t serial = 0;
  uint32_t count = 0;
  TimedOpening openings[kMostOpenings];
};

struct TellRequest {
  uint32_t kind = kTell;
  uint32_t policy = 0;
  uint64_t omitted = 0;
  char network[kIdSize] = {};
  uint32_t size = 0;
  char text[kMostText] = {};
};

struct OpenAnswer {
  uint32_t serial = 0;
  int32_t error = 0;
};

bool IsSound(const TimedOpening& opening) {
  const NetworkAddress& network = opening.to.network;
  return opening.policy != 0 && opening.milliseconds <= kLongestOpening &&
         (network.family == AF_INET || network.family == AF_INET6) &&
         network.bits == network.size() * 8;
}

int OpenAsked(const OpenRequest& request, int netfilter) {
  std::vector<TimedOpening> openings(request.openings, request.openings + request.count);
  if (netfilter < 0) return EOPNOTSUPP;
  if (!std::ranges::all_of(openings, IsSound)) return EINVAL;
  Status opened = OpenForAWhile(netfilter, openings);
  if (opened.ok()) return 0;
  return opened.err() != 0 ? opened.err() : EIO;
}

void WriteEvent(const TellRequest& request, const std::string& directory) {
  const std::string network(request.network, kIdSize);
  if (!dns::IsNetworkId(network)) return;
  const std::string path =
      directory + "/" + network + "/policies/" + std::to_string(request.policy);
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  Plan records;
  if (!file.valid() || !ReadRecords(file.get(), records).ok() || !records.events) return;
  EventDetails details = {{kRefusedField, std::string(request.text, request.size)}};
  if (request.omitted > 0) {
    details.push_back({kOmittedField, std::to_string(request.omitted), true});
  }
  EventWriter(*records.events).Write("egress-refused", details);
}

}  // namespace

Status HolderChannel::Open(const std::vector<TimedOpening>& openings) {
  for (size_t at = 0; at < openings.size(); at += kMostOpenings) {
    Status opened = Ask(&openings[at], std::min(kMostOpenings, openings.size() - at));
    if (!opened.ok()) return opened;
  }
  return {};
}

Status HolderChannel::Ask(const TimedOpening* openings, size_t count) {
  OpenRequest request;
  request.serial = ++serial_;
  request.count = static_cast<uint32_t>(count);
  std::copy_n(openings, count, request.openings);
  const size_t size = offsetof(OpenRequest, openings) + count * sizeof(TimedOpening);
  ::setsockopt(channel_.get(), SOL_SOCKET, SO_RCVTIMEO, &kPatience, sizeof(kPatience));
  if (::send(channel_.get(), &request, size, MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
    return Status::Errno("egress policy");
  }
  OpenAnswer answer;
  do {
    // An answer that came too late was for an earlier request.
    ssize_t got = ::recv(channel_.get(), &answer, sizeof(answer), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got != sizeof(answer)) return Status::Errno("egress policy", got < 0 ? errno : EPIPE);
  } while (answer.serial != request.serial);
  return answer.error == 0 ? Status() : Status::Errno("egress policy", answer.error);
}

void HolderChannel::Tell(const ToldRefusal& refusal) const {
  TellRequest request;
  request.policy = refusal.policy;
  request.omitted = refusal.omitted;
  if (refusal.network.size() != kIdSize) return;
  std::ranges::copy(refusal.network, request.network);
  request.size = static_cast<uint32_t>(std::min(refusal.what.size(), kMostText));
  std::copy_n(refusal.what.begin(), request.size, request.text);
  const size_t size = offsetof(TellRequest, text) + request.size;
  // A holder that is suspended does not hold up names.
  (void)::send(channel_.get(), &request, size, MSG_NOSIGNAL | MSG_DONTWAIT);
}

bool AnswerRequest(int channel, int netfilter, const std::string& directory) {
  union {
    uint32_t kind;
    OpenRequest open;
    TellRequest tell;
  } request = {.kind = 0};
  ssize_t got = ::recv(channel, &request, sizeof(request), MSG_DONTWAIT);
  if (got <= 0) return got < 0 && (errno == EAGAIN || errno == EINTR);
  const auto size = static_cast<size_t>(got);
  if (size < sizeof(request.kind)) return true;
  if (request.kind == kOpen && size >= offsetof(OpenRequest, openings)) {
    const OpenRequest& asked = request.open;
    bool is_whole = asked.count <= kMostOpenings &&
                    size == offsetof(OpenRequest, openings) + asked.count * sizeof(TimedOpening);
    const OpenAnswer answer{asked.serial, is_whole ? OpenAsked(asked, netfilter) : EINVAL};
    (void)::send(channel, &answer, sizeof(answer), MSG_NOSIGNAL | MSG_DONTWAIT);
  }
  if (request.kind == kTell && size >= offsetof(TellRequest, text)) {
    const TellRequest& told = request.tell;
    if (size == offsetof(TellRequest, text) + told.size) WriteEvent(told, directory);
  }
  return true;
}

}  // namespace bryo
