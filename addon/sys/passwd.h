// The user that a container's process runs as, from the image's own /etc/passwd and /etc/group.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "sys/status.h"

namespace bryo {

struct Identity {
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;  // supplementary
  std::string home;           // empty when the user has no entry
};

// Resolves "user[:group]" (names or numbers) and extra groups beneath the container's root.
//
// A word of digits is always a number, never a name. The files are untrusted: regular files of at
// most 4 MiB are read, lines that do not parse are passed over. Errors name the user or group.
Status ResolveIdentity(int root, const std::string& user, const std::vector<std::string>& groups,
                       Identity& out);

// ResolveIdentity on file contents, for it and for the fuzzer.
Status ResolveIdentityFrom(std::string_view passwd, std::string_view group, const std::string& user,
                           const std::vector<std::string>& groups, Identity& out);

// Whether a passwd or group file has a line with this id in its third field.
bool HasId(std::string_view file, uint32_t id);

// The largest user id of a passwd file and group id of a group file, without those of nobody and
// nogroup, which images give to files of nobody at all; 0 when there is none.
uint32_t LargestId(std::string_view passwd, std::string_view group);

// Reads an /etc file beneath the root: empty when absent; refuses what is not a regular file or is
// larger than 4 MiB.
Status ReadEtcFile(int root, const char* path, std::string& out);

// Reads a file that is open already; `name` is for messages.
Status ReadOpenEtcFile(int fd, const char* name, std::string& out);

}  // namespace bryo
