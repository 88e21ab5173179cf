#include "launcher/group_entry.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <string>

#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

// user_namespaces(7): at most 340 lines of three numbers.
constexpr size_t kLongestMap = 1 << 14;

// An id of this process's namespace is known in that of another one. What cannot be read counts as
// known: the launch says what is wrong with its process.
bool IsMapped(pid_t pid, const char* file, uint64_t id) {
  std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  UniqueFd map(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  std::string text;
  if (!map.valid() || !ReadAll(map.get(), kLongestMap, text)) return true;
  const char* at = text.c_str();
  for (char* end = nullptr;; at = end) {
    std::strtoull(at, &end, 10);  // the id inside
    if (end == at) return false;
    uint64_t outside = std::strtoull(end, &end, 10);
    uint64_t count = std::strtoull(end, &end, 10);
    if (id >= outside && id - outside < count) return true;
  }
}

}  // namespace

// Privileges in a user namespace reach the files of those whose ids have a mapping there
// (capabilities(7)), and the group is its maker's. The mapped ids of root's containers are not
// root's.
bool IsStageInGroup(const Plan& plan, const Target& target, int directory) {
  if (::geteuid() == 0) return true;
  struct stat st {};
  if (!plan.join_process || ::fstat(directory, &st) != 0) return false;
  bool named = plan.join_process->pid != 0;
  pid_t pid = named ? static_cast<pid_t>(plan.join_process->pid) : target.pid;
  return !IsMapped(pid, "uid_map", st.st_uid) || !IsMapped(pid, "gid_map", st.st_gid);
}

}  // namespace bryo
