#include "launcher/id_map.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <string>

#include "sys/c_strings.h"
#include "sys/fd.h"
#include "sys/io.h"

namespace bryo {
namespace {

struct Helper {
  pid_t pid = -1;
  UniqueFd stderr_pipe;
};

// The helper's own message (one line) is worth more to the user than its exit status.
Status StartHelper(const char* program, pid_t target, const IdExtents& extents, Helper& out) {
  std::vector<std::string> args{program, std::to_string(target)};
  for (uint32_t number : extents) args.push_back(std::to_string(number));
  std::vector<char*> argv = CStrings(args);
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return Status::Errno("pipe");
  UniqueFd read_end(fds[0]);
  UniqueFd write_end(fds[1]);
  pid_t pid = ::fork();
  if (pid < 0) return Status::Errno("fork");
  if (pid == 0) {
    ::dup2(write_end.get(), 2);
    ::execvp(program, argv.data());
    ::dprintf(2, "%s: %s\n", program, std::strerror(errno));
    ::_exit(127);
  }
  out.pid = pid;
  out.stderr_pipe = std::move(read_end);
  return {};
}

Status FinishHelper(const char* program, Helper& helper) {
  std::string message;
  ReadAll(helper.stderr_pipe.get(), 4096, message);
  int status = WaitFor(helper.pid);
  if (status == 0) return {};
  if (size_t end = message.find('\n'); end != std::string::npos) message.resize(end);
  if (message.empty()) message = std::string(program) + " failed";
  return Status::Error(message);
}

std::string MapText(const IdExtents& extents) {
  std::string text;
  for (size_t i = 0; i + 2 < extents.size(); i += 3) {
    text += std::to_string(extents[i]) + " " + std::to_string(extents[i + 1]) + " " +
            std::to_string(extents[i + 2]) + "\n";
  }
  return text;
}

Status WriteMap(pid_t pid, const char* file, const std::string& text) {
  std::string path = "/proc/" + std::to_string(pid) + "/" + file;
  if (!WriteFileAt(AT_FDCWD, path.c_str(), text)) return Status::Errno("write " + path);
  return {};
}

}  // namespace

Status MapIdsWithHelpers(pid_t pid, const IdExtents& uids, const IdExtents& gids) {
  Helper uid_helper;
  Helper gid_helper;
  Status uid_start = StartHelper("newuidmap", pid, uids, uid_helper);
  if (!uid_start.ok()) return uid_start;
  Status gid_start = StartHelper("newgidmap", pid, gids, gid_helper);
  Status uid_result = FinishHelper("newuidmap", uid_helper);
  if (!gid_start.ok()) return gid_start;
  Status gid_result = FinishHelper("newgidmap", gid_helper);
  return uid_result.ok() ? gid_result : uid_result;
}

Status MapIdsDirectly(pid_t pid, const IdExtents& uids, const IdExtents& gids,
                      bool deny_setgroups) {
  if (deny_setgroups) {
    Status denied = WriteMap(pid, "setgroups", "deny");
    if (!denied.ok()) return denied;
  }
  Status uid_result = WriteMap(pid, "uid_map", MapText(uids));
  if (!uid_result.ok()) return uid_result;
  return WriteMap(pid, "gid_map", MapText(gids));
}

}  // namespace bryo
