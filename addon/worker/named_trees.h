// Trees that subcommands are given by path and that may be files as well: each is a name in a
// directory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sys/fd.h"
#include "sys/status.h"
#include "worker/trees.h"

namespace bryo {

class NamedTrees {
 public:
  struct Tree {
    std::string path;
    int directory = -1;  // -1: it is not there
    const char* name() const { return path.c_str() + path.rfind('/') + 1; }
  };

  // A directory that cannot be opened holds nothing. Each path names something below the root.
  Status Open(int count, char** paths, Use use);

  const std::vector<Tree>& trees() const { return trees_; }
  std::vector<int> directories() const;

 private:
  std::map<std::string, UniqueFd> opened_;
  std::vector<Tree> trees_;
};

}  // namespace bryo
