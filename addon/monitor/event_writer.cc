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

bool AppendEventLine(const std::string& path, std::string_view line, uint64_t limit) {
  for (int attempt = 0; attempt < 3; ++attempt) {
    UniqueFd file(
        ::open(path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    struct stat st {};
    if (!file.valid() || ::fstat(file.get(), &st) != 0) return false;
    if (static_cast<uint64_t>(st.st_size) > limit) {
      Rotate(path, file.get(), st);
      continue;
    }
    return ::write(file.get(), line.data(), line.size()) == static_cast<ssize_t>(line.size());
  }
  return false;
}

void EventWriter::Write(std::string_view status, const EventDetails& details) {
  if (config_.path.empty() && config_.journal.empty()) return;
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  std::string time = TimeText(now);
  if (!config_.path.empty()) WriteFile(status, time, details);
  if (!config_.journal.empty()) WriteJournal(status, time, details);
}

void EventWriter::WriteFile(std::string_view status, const std::string& time,
                            const EventDetails& details) {
  JsonObject event;
  event.AddText("Type", "container");
  event.AddText(kStatusField.member, status);
  event.AddText(kTimeField.member, time);
  for (const EventDetail& detail : details) {
    if (detail.number) {
      event.AddJson(detail.field.member, detail.value);
    } else {
      event.AddText(detail.field.member, detail.value);
    }
  }
  if (is_session()) event.AddText(kSessionField.member, config_.session);
  std::string line = event.Text();
  line.back() = ',';
  line += config_.subject + "}\n";
  AppendEventLine(config_.path, line, config_.limit);
}

void EventWriter::WriteJournal(std::string_view status, const std::string& time,
                               const EventDetails& details) {
  std::string entry = config_.journal;
  AppendJournalField(entry, "MESSAGE", "container " + std::string(status));
  AppendJournalField(entry, kStatusField.journal, status);
  AppendJournalField(entry, kTimeField.journal, time);
  for (const EventDetail& detail : details) {
    AppendJournalField(entry, detail.field.journal, detail.value);
  }
  if (is_session()) AppendJournalField(entry, kSessionField.journal, config_.session);
  journal_.Send(entry);
}

}  // namespace bryo
