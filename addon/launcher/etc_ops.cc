// Files of a container's own /etc that its circumstances change, in its own layer.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "launcher/context.h"
#include "sys/io.h"
#include "sys/passwd.h"
#include "sys/root_path.h"

namespace bryo {
namespace {

constexpr const char* kZones = "/usr/share/zoneinfo/";

}  // namespace

Status Run(LaunchContext& context, const OpPasswdEntry& op) {
  struct Addition {
    const char* path;
    uint32_t id;
    const std::string& line;
  };
  const Addition additions[] = {{"/etc/passwd", op.uid, op.line},
                                {"/etc/group", op.gid, op.group_line}};
  for (const Addition& addition : additions) {
    std::string content;
    Status read = ReadEtcFile(context.root.get(), addition.path, content);
    if (!read.ok() || addition.line.empty() || HasId(content, addition.id)) continue;
    UniqueFd target;
    UniqueFd file;
    // An image without /etc/passwd, or with an odd one, stays as it is: the entry is a courtesy.
    if (!OpenInRoot(context.root.get(), addition.path, O_WRONLY | O_APPEND | O_NONBLOCK, file)
             .ok()) {
      continue;
    }
    std::string line = (content.empty() || content.back() == '\n' ? "" : "\n") + addition.line;
    WriteFull(file.get(), line.data(), line.size());
  }
  return {};
}

// An image without the rules stays as it is: they are mounted over what is there.
Status Run(LaunchContext& context, const OpZoneLink& op) {
  UniqueFd rules;
  struct stat st {};
  if (!OpenInRoot(context.root.get(), kZones + op.zone, O_PATH, rules).ok() ||
      ::fstat(rules.get(), &st) != 0 || !S_ISREG(st.st_mode)) {
    return {};
  }
  UniqueFd parent;
  std::string name;
  Status opened = OpenParentInRoot(context.root.get(), "/etc/localtime", parent, name);
  if (!opened.ok()) return opened;
  std::string target = std::string("..") + kZones + op.zone;
  if (::unlinkat(parent.get(), name.c_str(), 0) != 0 && errno != ENOENT) return {};
  if (::symlinkat(target.c_str(), parent.get(), name.c_str()) != 0) {
    return Status::Errno("/etc/localtime");
  }
  return {};
}

}  // namespace bryo
