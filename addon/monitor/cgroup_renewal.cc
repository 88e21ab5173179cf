#include "monitor/cgroup_renewal.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <string_view>

#include "monitor/cgroup.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

constexpr size_t kMaxFile = 1 << 20;
// A limit may have to wait for another one: cpu.max.burst is never above the quota of cpu.max.
constexpr int kRounds = 2;

using Limits = std::map<std::string, std::string>;

struct CloseDirectory {
  void operator()(DIR* stream) const { ::closedir(stream); }
};

// Files that say what the group may have. Others are state of the group, a wish to be told of
// something, a high-water mark, or a limit in other words.
bool IsLimit(std::string_view name) {
  if (name.starts_with("cgroup.")) return name.starts_with("cgroup.max.");
  return !name.ends_with(".pressure") && !name.ends_with(".peak") && name != "cpu.weight.nice";
}

Limits ReadLimits(int group) {
  Limits limits;
  UniqueFd copy(::openat(group, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  std::unique_ptr<DIR, CloseDirectory> stream(copy.valid() ? ::fdopendir(copy.get()) : nullptr);
  if (!stream) return limits;
  copy.release();
  while (const dirent* entry = ::readdir(stream.get())) {
    struct stat st {};
    if (entry->d_type != DT_REG || !IsLimit(entry->d_name)) continue;
    if (::fstatat(group, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0) continue;
    if ((st.st_mode & S_IWUSR) == 0 || (st.st_mode & S_IRUSR) == 0) continue;
    UniqueFd file(::openat(group, entry->d_name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    std::string text;
    if (file.valid() && ReadAll(file.get(), kMaxFile, text)) limits[entry->d_name] = text;
  }
  return limits;
}

// Writes the lines that are not there: files of several lines take one at a time.
Status WriteLines(int group, const std::string& name, std::string_view wanted,
                  std::string_view present) {
  std::string there = "\n" + std::string(present);
  while (!wanted.empty()) {
    size_t end = wanted.find('\n');
    std::string line(wanted.substr(0, end));
    wanted.remove_prefix(end == std::string_view::npos ? wanted.size() : end + 1);
    if (line.empty() || there.find('\n' + line + '\n') != std::string::npos) continue;
    if (!WriteFileAt(group, name.c_str(), line)) {
      return Status::Errno(std::string("write ").append(line).append(" to ").append(name));
    }
  }
  return {};
}

Status WriteLimits(int group, const Limits& wanted) {
  Status status;
  for (int round = 0; round < kRounds; ++round) {
    status = Status();
    Limits present = ReadLimits(group);
    for (const auto& [name, text] : wanted) {
      Status written = WriteLines(group, name, text, present[name]);
      if (!written.ok()) status = written;
    }
    if (status.ok()) return status;
  }
  return status;
}

}  // namespace

Status RenewCgroup(const std::string& path) {
  if (path.empty()) return {};
  constexpr int kDirectory = O_RDONLY | O_DIRECTORY | O_CLOEXEC;
  UniqueFd old(::open(path.c_str(), kDirectory));
  // A group that is gone has taken its limits with it.
  if (!old.valid()) return Status::Errno(path);
  Limits limits = ReadLimits(old.get());
  old.reset();
  RemoveCgroup(path);
  if (::mkdir(path.c_str(), 0755) != 0 || ::chmod(path.c_str(), 0755) != 0)
    return Status::Errno("make the control group " + path);
  UniqueFd group(::open(path.c_str(), kDirectory));
  return group.valid() ? WriteLimits(group.get(), limits) : Status::Errno(path);
}

}  // namespace bryo
