// The container operation that gives the process its user, groups and capabilities.
#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "launcher/context.h"
#include "sys/capabilities.h"

namespace bryo {
namespace {

Status SetCapabilities(uint64_t effective, uint64_t permitted, uint64_t inheritable) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  for (int word = 0; word < 2; ++word) {
    data[word].effective = static_cast<uint32_t>(effective >> (32 * word));
    data[word].permitted = static_cast<uint32_t>(permitted >> (32 * word));
    data[word].inheritable = static_cast<uint32_t>(inheritable >> (32 * word));
  }
  return ::syscall(SYS_capset, &header, data) == 0 ? Status() : Status::Errno("capset");
}

uint64_t PermittedCapabilities() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2]{};
  ::syscall(SYS_capget, &header, data);
  return data[0].permitted | (static_cast<uint64_t>(data[1].permitted) << 32);
}

Status RaiseAmbient(uint64_t ambient) {
  ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  for (int cap = 0; cap < 64; ++cap) {
    if ((ambient >> cap & 1) == 0) continue;
    if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0) {
      return Status::Errno("raise an ambient capability");
    }
  }
  return {};
}

// In a single-id map setgroups(2) is denied by the kernel; the caller's groups then cannot be
// dropped, and those that the image's files give a user not be had. Only what the plan asks for in
// addition can be refused.
Status SetGroups(const LaunchContext& context, const OpCredentials& op) {
  if (op.keep_groups) return {};
  const std::vector<gid_t>& groups = context.identity.groups;
  if (::setgroups(groups.size(), groups.data()) == 0) return {};
  const auto own = [&](gid_t gid) { return gid == context.identity.gid; };
  const auto named = [](const std::string& group) { return !group.empty(); };
  const bool asked = std::any_of(op.groups.begin(), op.groups.end(), named) &&
                     !std::all_of(groups.begin(), groups.end(), own);
  if (errno == EPERM && !asked) return {};
  return Status::Errno("set supplementary groups");
}

// The payload's user must be able to reopen its own stdio through /dev/stdout and the like.
// Where it cannot be given (an unmapped owner) it still works through the open descriptors.
void Give(int fd, uid_t uid) {
  if (::fchown(fd, uid, static_cast<gid_t>(-1)) != 0) errno = 0;
}

void GiveStdio(uid_t uid) {
  for (int fd : {kPayloadStdin, kPayloadStdout, kPayloadStderr}) {
    struct stat st {};
    if (::fstat(fd, &st) == 0 && (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))) {
      Give(fd, uid);
    }
  }
}

Status Resolve(LaunchContext& context, const OpCredentials& op) {
  if (context.identity_known) return {};
  Status resolved = ResolveIdentity(context.root.get(), op.user, op.groups, context.identity);
  context.identity_known = resolved.ok();
  return resolved;
}

const OpCredentials* CredentialsOf(const LaunchContext& context) {
  for (const ContainerOp& op : context.plan->container) {
    const auto* credentials = std::get_if<OpCredentials>(&op);
    if (credentials != nullptr) return credentials;
  }
  return nullptr;
}

}  // namespace

bool KeepsGroups(const LaunchContext& context) {
  const OpCredentials* credentials = CredentialsOf(context);
  return credentials != nullptr && credentials->keep_groups;
}

Status ResolveIdentityAhead(LaunchContext& context) {
  const OpCredentials* credentials = CredentialsOf(context);
  return credentials == nullptr ? Status() : Resolve(context, *credentials);
}

Status Run(LaunchContext& context, const OpCredentials& op) {
  Identity& id = context.identity;
  Status resolved = Resolve(context, op);
  if (!resolved.ok()) return resolved;
  if (context.pty_slave.valid()) {
    Give(context.pty_slave.get(), id.uid);
  } else if (!context.plan->monitor->passthrough) {
    GiveStdio(id.uid);
  }
  Status bounded = BoundCapabilities(op.bounding);
  if (!bounded.ok()) return bounded;
  Status grouped = SetGroups(context, op);
  if (!grouped.ok()) return grouped;
  if (::setresgid(id.gid, id.gid, id.gid) != 0) {
    return Status::Errno("set group id " + std::to_string(id.gid));
  }
  ::prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0);
  if (::setresuid(id.uid, id.uid, id.uid) != 0) {
    return Status::Errno("set user id " + std::to_string(id.uid));
  }
  ::prctl(PR_SET_KEEPCAPS, 0, 0, 0, 0);
  uint64_t available = PermittedCapabilities();
  // The kernel refuses to inherit what is not in the bounding set any more.
  Status set = SetCapabilities(op.effective & available, op.permitted & available,
                               op.inheritable & op.bounding);
  context.is_payload_user = true;
  return set.ok() ? RaiseAmbient(op.ambient) : set;
}

}  // namespace bryo
