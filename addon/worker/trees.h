// The directories that a subcommand's words name: each as a mount of its own that nobody else sees,
// so that no name in it leads out of it, whatever it says.
#pragma once

#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"

namespace bryo {

enum class Use { kRead, kWrite };
// Links are left alone, or followed by the kernel where the subcommand asks for that.
enum class Links { kRefused, kFollowed };

// Where no mount can be made it is the directory itself.
Status OpenTree(const std::string& path, Use use, Links links, UniqueFd& out);

// Opens each of several trees to read.
Status OpenTrees(int count, char** paths, std::vector<UniqueFd>& out);

// Opens two directories in one mount: files of one can have names in the other.
Status OpenTogether(const std::string& first, const std::string& second, UniqueFd& first_out,
                    UniqueFd& second_out);

std::vector<int> Numbers(const std::vector<UniqueFd>& fds);

}  // namespace bryo
