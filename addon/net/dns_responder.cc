#include "net/dns_responder.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <optional>

#include "net/dns_writer.h"

namespace bryo::dns {
namespace {

// Datagrams of one socket before others have their turn.
constexpr int kBurst = 64;

int64_t Milliseconds() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * int64_t{1000} + now.tv_nsec / 1'000'000;
}

}  // namespace

Responder::Responder(std::string networks, std::string resolvers)
    : networks_(std::move(networks)),
      egress_(networks_),
      judge_(networks_, egress_),
      forwarder_(events_, *this, std::move(resolvers)) {}

Status Responder::Open(Listeners listeners) {
  timer_.reset(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer_.valid() || !events_.Open() ||
      !events_.Watch(timer_.get(), EPOLLIN, {EventSource::kTimer})) {
    return Status::Errno("names of networks");
  }
  Status status = datagrams_.Open(events_, listeners);
  return status.ok() ? streams_.Open(events_, listeners) : status;
}

void Responder::OpenEgress(Openings* openings, UniqueFd log, Refusals* refusals) {
  egress_.Begin(openings, refusals);
  egress_log_ = std::move(log);
  // Without it refusals of the firewall are not told of.
  if (egress_log_.valid())
    (void)events_.Watch(egress_log_.get(), EPOLLIN, {EventSource::kEgressLog});
}

void Responder::Handle() {
  constexpr int kAtOnce = 64;
  epoll_event events[kAtOnce];
  int count = events_.Take(events, kAtOnce);
  now_ = Milliseconds();
  for (int i = 0; i < count; ++i) Dispatch(events[i]);
  streams_.GoOn(*this, now_);
  SetTimer();
}

void Responder::Dispatch(const epoll_event& event) {
  EventSource source = Events::SourceOf(event);
  switch (source.kind) {
    case EventSource::kTimer:
      RestTimer();
      streams_.HandleTime(now_);
      return forwarder_.HandleTime(now_);
    case EventSource::kDatagrams:
      return ReceiveDatagrams(static_cast<uint8_t>(source.index));
    case EventSource::kListener:
      return streams_.HandleListener(source.index, now_);
    case EventSource::kConnection:
      return streams_.HandleConnection(source, event.events, *this, now_);
    case EventSource::kServerDatagram:
      return forwarder_.HandleDatagrams(source, now_);
    case EventSource::kServerStream:
      return forwarder_.HandleStream(source, now_);
    case EventSource::kEgressLog:
      return egress_.HandleLog(egress_log_.get());
    case EventSource::kDevice:
      break;
  }
}

void Responder::ReceiveDatagrams(uint8_t socket) {
  Client client;
  Bytes message;
  for (int i = 0; i < kBurst && datagrams_.Receive(socket, buffer_, client, message); ++i) {
    Take(client, message);
  }
}

void Responder::Take(const Client& client, Bytes message) {
  Query query;
  std::optional<Rcode> wrong = ReadQuery(message, query);
  // A connection waits for something in any case; a datagram does not.
  if (!wrong && !client.is_stream()) return;
  size_t limit = client.is_stream() ? kMaxMessage : DatagramLimit(query);
  if (!wrong || *wrong != Rcode::kNoError) {
    return Send(client, Answer(query, limit).Finish(wrong.value_or(Rcode::kFormatError)));
  }
  Verdict verdict = judge_.Decide(query, client.address, client.asked, limit);
  if (!verdict.answer.empty()) return Send(client, verdict.answer);
  forwarder_.Forward(client, query, std::move(verdict.servers), now_);
}

void Responder::Send(const Client& client, Bytes message) {
  if (client.is_stream()) {
    streams_.Send(client, message);
  } else {
    datagrams_.Send(client, message);
  }
}

void Responder::Pass(const Client& client, std::vector<uint8_t> message) {
  if (egress_.Take(client, message, now_)) return Send(client, message);
  // The answer's question is its own; nothing else of it is of use.
  Query query;
  message[2] &= 0x7f;
  std::optional<Rcode> wrong = ReadQuery(message, query);
  if (wrong) Send(client, Answer(query, kPlainDatagram).Finish(Rcode::kServerFailure));
}

// A timer that nobody reads stays ready for ever.
void Responder::RestTimer() {
  timer_at_ = 0;
  uint64_t count = 0;
  (void)!::read(timer_.get(), &count, sizeof(count));
}

// A timer that was set for an earlier time than is needed does no harm.
void Responder::SetTimer() {
  int64_t first = 0;
  for (int64_t deadline : {streams_.deadline(), forwarder_.deadline()}) {
    if (deadline != 0 && (first == 0 || deadline < first)) first = deadline;
  }
  if (first == 0 || (timer_at_ != 0 && timer_at_ <= first)) return;
  timer_at_ = first;
  itimerspec when{};
  when.it_value.tv_sec = first / 1000;
  when.it_value.tv_nsec = first % 1000 * 1'000'000 + 1;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

}  // namespace bryo::dns
