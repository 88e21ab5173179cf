#include "launcher/changed_networks.h"

#include <fcntl.h>
#include <time.h>

#include <cerrno>
#include <utility>

#include "sys/contract.gen.h"

namespace bryo {
namespace {

constexpr int kLeaseRounds = 100;
constexpr timespec kBetweenRounds{0, 10'000'000};

// Until it hears that the interface has gone, a process of its own has kept the address
// (net/connect.h).
Status TakeLease(const HeaderLateLease& lease, UniqueFd& out) {
  out.reset(::open(lease.path.c_str(), O_RDWR | O_CLOEXEC));
  if (!out.valid()) return Status::Errno(lease.path);
  struct flock lock {};
  lock.l_type = lease.shared ? F_RDLCK : F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(lease.place);
  lock.l_len = 1;
  for (int round = 0; round < kLeaseRounds; ++round) {
    if (::fcntl(out.get(), F_OFD_SETLK, &lock) == 0) return {};
    if (errno != EAGAIN && errno != EACCES) return Status::Errno(lease.path);
    ::nanosleep(&kBetweenRounds, nullptr);
  }
  return Status::Error("another container has got the address of a network that was connected");
}

// The ports themselves do not change.
void ChangeRelay(HeaderPortRelay& relay, const HeaderPortRelay& changed) {
  relay.addresses = changed.addresses;
  relay.neighbours = changed.neighbours;
}

}  // namespace

Status TakeChangedNetworks(const std::string& container_dir, Plan& plan,
                           std::vector<UniqueFd>& leases) {
  std::string path = container_dir + "/" + kChangedNetworksFile;
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!file.valid()) return errno == ENOENT ? Status() : Status::Errno(path);
  Plan changed;
  Status status = ReadRecords(file.get(), changed);
  if (!status.ok()) return status;
  for (const HeaderLateLease& lease : changed.late_leases) {
    status = TakeLease(lease, leases.emplace_back());
    if (!status.ok()) return status;
  }
  plan.attachments = std::move(changed.attachments);
  if (plan.port_relay && changed.port_relay) ChangeRelay(*plan.port_relay, *changed.port_relay);
  return {};
}

}  // namespace bryo
