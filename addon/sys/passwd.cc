#include "sys/passwd.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <optional>

#include "sys/io.h"
#include "sys/root_path.h"

namespace bryo {
namespace {

constexpr size_t kMaxEtcFile = size_t{4} * 1024 * 1024;
// (uid_t)-1 means "no change" to setresuid and 2^31 and above are refused by useradd.
constexpr uint64_t kMaxId = 0x7fffffff;

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::optional<uint32_t> ParseId(std::string_view text) {
  if (!IsNumber(text) || text.size() > 10) return std::nullopt;
  uint64_t value = 0;
  for (char digit : text) value = value * 10 + static_cast<uint64_t>(digit - '0');
  if (value > kMaxId) return std::nullopt;
  return static_cast<uint32_t>(value);
}

// Calls `visit` with the fields of each line until it returns true.
template <typename Visit>
void ForEachLine(std::string_view file, Visit visit) {
  while (!file.empty()) {
    size_t end = file.find('\n');
    std::string_view line = file.substr(0, end);
    file.remove_prefix(end == std::string_view::npos ? file.size() : end + 1);
    std::vector<std::string_view> fields;
    for (;;) {
      size_t colon = line.find(':');
      fields.push_back(line.substr(0, colon));
      if (colon == std::string_view::npos) break;
      line.remove_prefix(colon + 1);
    }
    if (visit(fields)) return;
  }
}

struct PasswdEntry {
  std::string name;
  uint32_t uid;
  uint32_t gid;
  std::string home;
};

std::optional<PasswdEntry> FindUser(std::string_view passwd, const std::string& user) {
  std::optional<PasswdEntry> found;
  std::optional<uint32_t> wanted = ParseId(user);
  ForEachLine(passwd, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() < 6) return false;
    std::optional<uint32_t> uid = ParseId(fields[2]);
    std::optional<uint32_t> gid = ParseId(fields[3]);
    if (!uid || !gid) return false;
    if (wanted ? *uid != *wanted : fields[0] != user) return false;
    found = PasswdEntry{std::string(fields[0]), *uid, *gid, std::string(fields[5])};
    return true;
  });
  return found;
}

std::optional<uint32_t> FindGroup(std::string_view group, std::string_view name) {
  std::optional<uint32_t> found;
  ForEachLine(group, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() < 3 || fields[0] != name) return false;
    found = ParseId(fields[2]);
    return found.has_value();
  });
  return found;
}

bool ListContains(std::string_view members, std::string_view name) {
  while (!members.empty()) {
    size_t comma = members.find(',');
    if (members.substr(0, comma) == name) return true;
    members.remove_prefix(comma == std::string_view::npos ? members.size() : comma + 1);
  }
  return false;
}

void AddMemberships(std::string_view group, const std::string& user, std::vector<gid_t>& out) {
  ForEachLine(group, [&](const std::vector<std::string_view>& fields) {
    if (fields.size() >= 4 && ListContains(fields[3], user)) {
      if (std::optional<uint32_t> gid = ParseId(fields[2])) out.push_back(*gid);
    }
    return false;
  });
}

Status ResolveGroup(std::string_view group, const std::string& wanted, gid_t& out) {
  if (IsNumber(wanted)) {
    std::optional<uint32_t> gid = ParseId(wanted);
    if (!gid) return Status::Error("group id " + wanted + " is out of range");
    out = *gid;
    return {};
  }
  std::optional<uint32_t> gid = FindGroup(group, wanted);
  if (!gid)
    return Status::Error("unable to find group " + wanted + ": no matching entries in group file");
  out = *gid;
  return {};
}

}  // namespace

Status ResolveIdentityFrom(std::string_view passwd, std::string_view group, const std::string& user,
                           const std::vector<std::string>& groups, Identity& out) {
  size_t colon = user.find(':');
  std::string name = user.substr(0, colon);
  std::string group_name = colon == std::string::npos ? "" : user.substr(colon + 1);
  if (name.empty()) name = "0";
  // Digits are always an id: a name of digits in the image's file must not stand for another one.
  if (IsNumber(name) && !ParseId(name)) {
    return Status::Error("user id " + name + " is out of range");
  }
  std::optional<PasswdEntry> entry = FindUser(passwd, name);
  if (entry) {
    out.uid = entry->uid;
    out.gid = entry->gid;
    out.home = entry->home;
    if (group_name.empty()) AddMemberships(group, entry->name, out.groups);
  } else if (std::optional<uint32_t> uid = ParseId(name)) {
    out.uid = *uid;
  } else {
    return Status::Error("unable to find user " + name + ": no matching entries in passwd file");
  }
  if (!group_name.empty()) {
    Status resolved = ResolveGroup(group, group_name, out.gid);
    if (!resolved.ok()) return resolved;
  }
  for (const std::string& extra : groups) {
    gid_t gid = out.gid;
    Status resolved = extra.empty() ? Status() : ResolveGroup(group, extra, gid);
    if (!resolved.ok()) return resolved;
    out.groups.push_back(gid);
  }
  std::sort(out.groups.begin(), out.groups.end());
  out.groups.erase(std::unique(out.groups.begin(), out.groups.end()), out.groups.end());
  return {};
}

bool HasId(std::string_view file, uint32_t id) {
  bool found = false;
  ForEachLine(file, [&](const std::vector<std::string_view>& fields) {
    found = fields.size() >= 3 && ParseId(fields[2]) == id;
    return found;
  });
  return found;
}

uint32_t LargestId(std::string_view passwd, std::string_view group) {
  uint32_t largest = 0;
  for (std::string_view file : {passwd, group}) {
    ForEachLine(file, [&](const std::vector<std::string_view>& fields) {
      if (fields.size() < 3 || fields[0] == "nobody" || fields[0] == "nogroup") return false;
      largest = std::max(largest, ParseId(fields[2]).value_or(0));
      return false;
    });
  }
  return largest;
}

Status ReadOpenEtcFile(int fd, const char* name, std::string& out) {
  struct stat st {};
  if (::fstat(fd, &st) != 0) return Status::Errno(name);
  if (!S_ISREG(st.st_mode)) return Status::Error(std::string(name) + " is not a regular file");
  if (static_cast<size_t>(st.st_size) > kMaxEtcFile || !ReadAll(fd, kMaxEtcFile, out)) {
    return Status::Error(std::string(name) + " cannot be read or is larger than 4 MiB");
  }
  return {};
}

Status ReadEtcFile(int root, const char* path, std::string& out) {
  UniqueFd fd;
  // O_NONBLOCK: opening a FIFO must not wait for a writer.
  Status opened = OpenInRoot(root, path, O_RDONLY | O_NONBLOCK | O_NOCTTY, fd);
  if (!opened.ok()) return opened.err() == ENOENT ? Status() : opened;
  return ReadOpenEtcFile(fd.get(), path, out);
}

Status ResolveIdentity(int root, const std::string& user, const std::vector<std::string>& groups,
                       Identity& out) {
  std::string passwd;
  std::string group;
  Status passwd_read = ReadEtcFile(root, "/etc/passwd", passwd);
  Status group_read = ReadEtcFile(root, "/etc/group", group);
  // A root user with no extra groups needs neither file, so a broken one does not stop it.
  bool needed = user.find_first_not_of("0:") != std::string::npos || !groups.empty();
  if (needed && !passwd_read.ok()) return passwd_read;
  if (needed && !group_read.ok()) return group_read;
  return ResolveIdentityFrom(passwd, group, user, groups, out);
}

}  // namespace bryo
