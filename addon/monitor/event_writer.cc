#include "monitor/event_writer.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "monitor/clock.h"
#include "monitor/json_text.h"
#include "sys/contract.gen.h"
#include "sys/fd.h"

namespace bryo {
namespace {

// Whether the name still stands for the open file.
bool IsCurrent(const std::string& path, const struct stat& open) {
  struct stat named {};
  return ::stat(path.c_str(), &named) == 0 && named.st_ino == open.st_ino &&
         named.st_dev == open.st_dev;
}

// Of those that find the file too long one renames it: whoever holds its lock.
void Rotate(const std::string& path, int file, const struct stat& open) {
  if (::flock(file, LOCK_EX) != 0) return;
  if (IsCurrent(path, open)) ::rename(path.c_str(), (path + ".1").c_str());
  ::flock(file, LOCK_UN);
}

}  // namespace

bool AppendEventLine(const std::string& path, std::string_view line) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    struct stat st {};
    if (!file.valid() || ::fstat(file.get(), &st) != 0) return false;
    if (st.st_size > kMaxEventFile) {
      Rotate(path, file.get(), st);
      continue;
    }
    return ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  return false;
}

void EventWriter::Write(std::string_view status, const EventDetail& detail, std::string_view log) {
  if (config_.path.empty() && config_.journal.empty()) return;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::string time = TimeText(now);
  if (!config_.path.empty()) WriteFile(status, time, detail, log);
  if (!config_.journal.empty()) WriteJournal(status, time, detail);
}

void EventWriter::WriteFile(std::string_view status, const std::string& time,
                            const EventDetail& detail, std::string_view log) {
  std::string line = "{\"Type\":\"container\",\"Status\":\"";
  line += status;
  line += "\",\"Time\":\"" + time + "\"";
  if (detail.member != nullptr) {
    line += std::string(",\"") + detail.member + "\":";
    if (detail.number) {
      line += detail.value;
    } else {
      AppendJsonText(line, detail.value);
    }
  }
  if (!log.empty()) {
    line += ",\"HealthLog\":";
    AppendJsonText(line, log);
  }
  if (is_session()) line += ",\"ExecID\":\"" + config_.session + "\"";
  line += "," + config_.subject + "}\n";
  AppendEventLine(config_.path, line);
}

void EventWriter::WriteJournal(std::string_view status, const std::string& time,
                               const EventDetail& detail) {
  std::string entry = config_.journal;
  AppendJournalField(entry, "MESSAGE", "container " + std::string(status));
  AppendJournalField(entry, "PODMAN_EVENT", status);
  AppendJournalField(entry, "PODMAN_TIME", time);
  if (detail.field != nullptr) AppendJournalField(entry, detail.field, detail.value);
  journal_.Send(entry);
}

}  // namespace bryo
