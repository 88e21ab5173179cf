#include "monitor/health_change.h"

#include <fcntl.h>
#include <sys/stat.h>

#include "launcher/monitor_config.h"
#include "plan/plan.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {

bool HealthChange::Read(HealthConfig& config, HealthHandles& handles) {
  if (directory_.empty()) return false;
  std::string path = directory_ + "/" + kHealthChange;
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
  struct stat st {};
  if (!file.valid() || ::fstat(file.get(), &st) != 0) return false;
  bool known = st.st_ino == inode_ && st.st_ctim.tv_sec == changed_.tv_sec &&
               st.st_ctim.tv_nsec == changed_.tv_nsec;
  Plan records;
  HealthHandles probes;
  if (known || !ReadRecords(file.get(), records).ok() || !KeepProbes(records, probes).ok()) {
    return false;
  }
  inode_ = st.st_ino;
  changed_ = st.st_ctim;
  config = HealthConfigOf(records);
  handles = std::move(probes);
  return true;
}

}  // namespace bryo
